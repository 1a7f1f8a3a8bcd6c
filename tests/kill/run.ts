import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { Line, Row } from './history.js'

export interface KillOptions {
  readonly kills: number
  /** @default 2 processes of 10 clients */
  readonly clientProcesses?: number
  readonly clientsPerProcess?: number
  readonly channels?: number
  /** In [0, 1): when to kill. */
  readonly random: () => number
  readonly onKill?: (kill: number, inFlight: number) => void
}

export interface KillResult {
  readonly rows: readonly Row[]
  readonly lines: readonly Line[]
  /** For each kill: sends that had been called and were not acknowledged yet. */
  readonly inFlight: readonly number[]
}

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url))
const now = (): number => performance.timeOrigin + performance.now()

function start(
  file: string,
  args: readonly string[],
  env: Record<string, string> = {},
): ChildProcess {
  return fork(here(file), [...args], {
    execArgv: ['--conditions=tidings-source', '--import', 'tsx'],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** The first message of a child that `fits`; rejects when the child ends before. */
async function heard<T>(
  child: ChildProcess,
  fits: (message: unknown) => T | undefined,
): Promise<T> {
  const ended = new AbortController()
  const exited = once(child, 'exit', { signal: ended.signal }).then(([code, signal]) => {
    throw new Error(`the process ended with ${code ?? signal} before it answered`)
  })
  exited.catch(() => undefined)
  for (;;) {
    const [message] = await Promise.race([once(child, 'message', { signal: ended.signal }), exited])
    const found = fits(message)
    if (found === undefined) continue
    ended.abort()
    return found
  }
}

const said = (child: ChildProcess, word: string): Promise<true> =>
  heard(child, (message) => (message === word ? true : undefined))
const settledHeads = (child: ChildProcess): Promise<Record<string, number>> =>
  heard(child, (message) => (message as { settled?: Record<string, number> }).settled)

/** Kills the server again and again under clients that send all the time, then lets everything come to rest. */
export async function killAgainAndAgain(options: KillOptions): Promise<KillResult> {
  const { kills, random, clientProcesses = 2, clientsPerProcess = 10, channels = 3 } = options
  const folder = mkdtempSync(join(tmpdir(), 'tidings-kill-'))
  const dataDir = join(folder, 'data')
  const port = String(await freePort())
  const channelIds = Array.from({ length: channels }, (_, i) => `c${i}`).join(',')
  const usersOf = (p: number) =>
    Array.from({ length: clientsPerProcess }, (_, i) => `u${p}-${i}`).join(',')
  const users = Array.from({ length: clientProcesses }, (_, p) => usersOf(p)).join(',')
  const startServer = async (): Promise<ChildProcess> => {
    const server = start('server.ts', [port, dataDir], {
      TIDINGS_KILL_CHANNELS: channelIds,
      TIDINGS_KILL_USERS: users,
    })
    await said(server, 'ready')
    return server
  }
  const children: ChildProcess[] = []
  const killedAt: number[] = []
  try {
    let server = await startServer()
    children.push(server)
    const clients = Array.from({ length: clientProcesses }, (_, p) =>
      start('clients.ts', [port, join(folder, `journal-${p}`), usersOf(p), channelIds]),
    )
    children.push(...clients)
    await Promise.all(clients.map((client) => said(client, 'ready')))
    const journals = () => clients.flatMap((_, p) => readLines(join(folder, `journal-${p}`)))
    for (let kill = 0; kill < kills; kill++) {
      await new Promise((resolve) => setTimeout(resolve, 100 + 500 * random()))
      killedAt.push(now())
      server.kill('SIGKILL')
      await once(server, 'exit')
      options.onKill?.(kill + 1, unacknowledged(journals(), killedAt.at(-1) ?? 0))
      server = await startServer()
      children.push(server)
    }
    const settled = clients.map(settledHeads)
    for (const client of clients) client.send('settle')
    const heads = highest(await Promise.all(settled))
    const ended = clients.map((client) => said(client, 'ended'))
    for (const client of clients) client.send({ end: heads })
    await Promise.all(ended)
    const lines = journals()
    server.kill('SIGKILL')
    await once(server, 'exit')
    return {
      rows: readRows(join(dataDir, 'tidings.db')),
      lines,
      inFlight: killedAt.map((at) => unacknowledged(lines, at)),
    }
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

function highest(all: readonly Record<string, number>[]): Record<string, number> {
  const heads: Record<string, number> = {}
  for (const one of all) {
    for (const [channel, seq] of Object.entries(one))
      heads[channel] = Math.max(heads[channel] ?? 0, seq)
  }
  return heads
}

/** Sends that were called before a moment and acknowledged after it, or never. */
function unacknowledged(lines: readonly Line[], at: number): number {
  const open = new Set<string>()
  for (const line of lines) if (line.kind === 'sent' && line.at <= at) open.add(line.clientMsgId)
  for (const line of lines)
    if (line.kind === 'acked' && line.at <= at) open.delete(line.clientMsgId)
  return open.size
}

function readLines(path: string): Line[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line)
}

/** Straight from the file, with SQL of our own. */
function readRows(path: string): Row[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database.prepare('SELECT channel_id, epoch, channel_seq, event FROM events').all()
  database.close()
  return rows.map((row) => {
    const event = JSON.parse(String(row.event)) as Record<string, unknown>
    return {
      channel: String(row.channel_id),
      epoch: Number(row.epoch),
      seq: Number(row.channel_seq),
      userId: String(event.user_id),
      clientMsgId: String(event.client_msg_id),
      messageId: String(event.message_id),
      text: String(event.text),
      ...(event.type !== 'message.new' && { other: true }),
    }
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
