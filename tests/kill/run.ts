import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { now, until } from '../chaos/wait.js'
import { heard, said, start } from './children.js'
import type { ClientsTask } from './clients.js'
import type { Line, Row } from './history.js'
import { movedSince, readJournal, unacknowledged } from './journal.js'
import { openTarget, type Target } from './target.js'

export interface KillOptions {
  readonly kills: number
  /**
   * The clients are given time to have more than so many sends acknowledged for each kill so far: on a busy machine
   * they wait longer and longer between two connections that do not last.
   */
  readonly acknowledgedPerKill: number
  /** @default 2 processes of 10 clients */
  readonly clientProcesses?: number
  readonly clientsPerProcess?: number
  readonly channels?: number
  /** In [0, 1): when to kill, and whom. */
  readonly random: () => number
  readonly onKill?: (kill: number, name: string, inFlight: number) => void
}

export interface KillResult {
  readonly rows: readonly Row[]
  readonly lines: readonly Line[]
  /** For each kill: sends that had been called and were not acknowledged yet. */
  readonly inFlight: readonly number[]
}

const MOVES_WITHIN_MS = 90_000
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

/** Kills a process again and again under clients that send all the time, then lets everything come to rest. */
export async function killAgainAndAgain(options: KillOptions): Promise<KillResult> {
  const { kills, random, clientProcesses = 2, clientsPerProcess = 10, channels = 3 } = options
  const { acknowledgedPerKill } = options
  const folder = mkdtempSync(join(tmpdir(), 'tidings-kill-'))
  const channelIds = upTo(channels).map((i) => `c${i}`)
  const users = upTo(clientProcesses).map((p) => upTo(clientsPerProcess).map((i) => `u${p}-${i}`))
  const clients: ChildProcess[] = []
  let target: Target | undefined
  try {
    target = await openTarget({ random, folder, channelIds, userIds: users.flat() })
    const { url, tokenFor } = target
    for (const [p, userIds] of users.entries()) {
      const tokens = Object.fromEntries(userIds.map((userId) => [userId, tokenFor(userId)]))
      const task: ClientsTask = { url, journal: join(folder, `journal-${p}`), channelIds, tokens }
      clients.push(start('clients.ts', [JSON.stringify(task)]))
    }
    await Promise.all(clients.map((client) => said(client, 'ready')))
    const journals = () => users.flatMap((_, p) => readJournal(join(folder, `journal-${p}`)))
    const killedAt: number[] = []
    for (let kill = 1; kill <= kills; kill++) {
      await until('enough sends to be acknowledged', MOVES_WITHIN_MS, () => {
        const acknowledged = journals().filter(({ kind }) => kind === 'acked').length
        return acknowledged > kill * acknowledgedPerKill
      })
      await pause(100 + 500 * random())
      const at = now()
      killedAt.push(at)
      const name = await target.kill()
      options.onKill?.(kill, name, unacknowledged(journals(), at))
      await target.revive()
      if (!target.mustMove) continue
      // what is killed must have been at work
      const since = now()
      await until('something to be acknowledged in every channel', MOVES_WITHIN_MS, () => {
        return movedSince(journals(), since).size === channelIds.length
      })
    }
    const settled = clients.map(settledHeads)
    for (const client of clients) client.send('settle')
    const heads = highest(await Promise.all(settled))
    const ended = clients.map((client) => said(client, 'ended'))
    for (const client of clients) client.send({ end: heads })
    await Promise.all(ended)
    const lines = journals()
    return {
      rows: await target.rows(),
      lines,
      inFlight: killedAt.map((at) => unacknowledged(lines, at)),
    }
  } finally {
    for (const client of clients) client.kill('SIGKILL')
    await target?.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

const settledHeads = (child: ChildProcess): Promise<Record<string, number>> =>
  heard(child, (message) => (message as { settled?: Record<string, number> }).settled)

function highest(all: readonly Record<string, number>[]): Record<string, number> {
  const heads: Record<string, number> = {}
  for (const one of all) {
    for (const [channel, seq] of Object.entries(one))
      heads[channel] = Math.max(heads[channel] ?? 0, seq)
  }
  return heads
}
