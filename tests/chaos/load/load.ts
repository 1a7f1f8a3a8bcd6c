import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { heard, said, start } from '../../kill/children.js'
import type { ClientsTask } from '../../kill/clients.js'
import type { Row } from '../../kill/history.js'
import type { Judgement } from '../report/result.js'
import type { System } from '../system/system.js'
import { by } from '../wait.js'

export interface LoadOptions {
  /** Makes the names of its channels and users its own. */
  readonly name: string
  readonly channels: number
  /** Of clients. */
  readonly processes: number
  readonly clientsPerProcess: number
  /** Each process sends in each channel at this interval. */
  readonly everyMs: number
}

/** SDK clients in processes of their own that send all the time, until they are told to come to rest. */
export interface Load {
  readonly channelIds: readonly string[]
  readonly clientNames: readonly string[]
  readonly journals: readonly string[]
  /** Sending ends; resolves when every send has settled and everybody was shown everything. */
  settle(): Promise<void>
  /** Compares what the clients wrote down with what is stored. */
  judge(rows: readonly Row[]): Promise<Judgement>
  /** Ends the processes at once, and removes what they wrote. */
  end(): void
}

const START_MS = 60_000
const SETTLE_MS = 120_000
const SHOWN_MS = 60_000
const JUDGED_MS = 300_000
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

export async function startLoad(system: System, options: LoadOptions): Promise<Load> {
  const { name, processes, clientsPerProcess, everyMs } = options
  const folder = mkdtempSync(join(tmpdir(), 'tidings-chaos-'))
  const channelIds = upTo(options.channels).map((i) => `${name}-c${i}`)
  const users = upTo(processes).map((p) => upTo(clientsPerProcess).map((i) => `${name}-u${p}-${i}`))
  const journals = upTo(processes).map((p) => join(folder, `journal-${p}`))
  const clients: ChildProcess[] = []
  const end = (): void => {
    for (const client of clients) client.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await system.populate(channelIds, users.flat())
    for (const [p, userIds] of users.entries()) {
      const task: ClientsTask = {
        url: system.url,
        journal: journals[p] ?? '',
        channelIds,
        tokens: Object.fromEntries(userIds.map((userId) => [userId, system.tokenFor(userId)])),
        everyMs,
      }
      clients.push(start('clients.ts', [JSON.stringify(task)]))
    }
    await by(
      START_MS,
      'the processes of clients to start',
      Promise.all(clients.map((client) => said(client, 'ready'))),
    )
  } catch (error) {
    end()
    throw error
  }
  return {
    channelIds,
    clientNames: users.flatMap((ids) => ids.map((userId, n) => `${userId}/${n}`)),
    journals,
    async settle() {
      const settled = clients.map((client) => heard(client, headsIn))
      for (const client of clients) client.send('settle')
      const heads = highest(await by(SETTLE_MS, 'every send to settle', Promise.all(settled)))
      const ended = clients.map((client) => said(client, 'ended'))
      for (const client of clients) client.send({ end: heads })
      await by(SHOWN_MS, 'everybody to be shown everything', Promise.all(ended))
    },
    async judge(rows) {
      const stored = join(folder, 'rows')
      writeFileSync(stored, JSON.stringify(rows))
      const judge = start('../chaos/load/judge.ts', [stored, ...journals])
      clients.push(judge)
      const found = heard(judge, (message) => (message as { judgement?: Judgement }).judgement)
      return by(JUDGED_MS, 'the checker', found)
    },
    end,
  }
}

const headsIn = (message: unknown): Record<string, number> | undefined =>
  (message as { settled?: Record<string, number> }).settled

function highest(all: readonly Record<string, number>[]): Record<string, number> {
  const heads: Record<string, number> = {}
  for (const [channel, seq] of all.flatMap((one) => Object.entries(one))) {
    heads[channel] = Math.max(heads[channel] ?? 0, seq)
  }
  return heads
}
