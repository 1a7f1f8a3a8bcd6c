import { createInbox } from '../../src/fan-out/inbox.js'
import type { AppendOutcome } from '../../src/ports/command-log.js'
import type { OutboxEntry } from '../../src/ports/directory.js'
import { createRelay, type RelayOptions } from '../../src/relay/relay.js'
import type { Command } from '../../src/stream/command.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

export const entry = (entryId: number, channelId: string, userId = 'ada'): OutboxEntry => ({
  entryId,
  channelId,
  userId,
  payload: { kind: 'member.join', role: 'admin' },
  createdAt: 1_000 + entryId,
})

/** Entries of one channel, with numbers from `first` on. */
export const entries = (count: number, channelId: string, first = 1): OutboxEntry[] =>
  Array.from({ length: count }, (_, i) => entry(first + i, channelId))

/** A relay over an outbox and a log in memory; nothing is answered until the test says so. */
export function createWorld(
  made: readonly OutboxEntry[] = [],
  options: Pick<RelayOptions, 'storedTimeoutMs' | 'maxWaiting'> = {},
) {
  const environment = createVirtualEnvironment()
  const inbox = createInbox()
  const channels = new Map<string, Map<number, OutboxEntry>>()
  const appended: Command[] = []
  const done: number[] = []
  const errors: unknown[] = []
  const givenUp: string[] = []
  const settings = {
    /** What becomes of the next appends. */
    outcome: { status: 'appended' } as AppendOutcome,
    /** Whether the channel's partition is folded: its commands are answered after 10 ms. */
    folds: (_channelId: string): boolean => false,
    /** What the database says to a write; undefined: it does it. */
    refusal: undefined as Error | undefined,
    /** What the database says to who reads a channel's entries; undefined: it reads them. */
    unreadable: undefined as Error | undefined,
    /** What the log says to an append; undefined: it takes it. */
    failure: undefined as Error | undefined,
    /** How long the database takes for each call, in milliseconds. */
    takesMs: 0,
  }
  const asked = { pages: 0, channels: 0, deletes: 0 }
  /** Calls that turns make of the database: now, and at most. */
  const calls = { now: 0, most: 0 }

  async function takingTime<Result>(call: () => Result): Promise<Result> {
    calls.now += 1
    calls.most = Math.max(calls.most, calls.now)
    try {
      const { takesMs } = settings
      if (takesMs > 0) await new Promise<void>((end) => environment.setTimer(end, takesMs))
      return call()
    } finally {
      calls.now -= 1
    }
  }

  function add(more: readonly OutboxEntry[]): void {
    for (const one of more) {
      const own = channels.get(one.channelId) ?? new Map<number, OutboxEntry>()
      channels.set(one.channelId, own.set(one.entryId, one))
    }
  }

  function answer(command: Command, channelSeq = 1): void {
    const { channelId, userId, clientMsgId, messageId, acceptedAt: ts, origin } = command
    if (origin === undefined) throw new Error('a relayed command has an origin')
    const result = { status: 'accepted', epoch: 1, channelSeq, messageId, ts } as const
    const id = { channelId, userId, clientMsgId }
    inbox.receive({ channels: [], answers: [{ origin, id, result, deduplicated: false }] })
  }

  add(made)
  const relay = createRelay({
    ...options,
    onGivenUp: (count, why) => givenUp.push(`${count} ${why}`),
    environment,
    inbox,
    processId: 'p1',
    onError: (error) => errors.push(error),
    directory: {
      async outboxChannels({ after = '', limit }) {
        asked.pages += 1
        return [...channels.keys()]
          .filter((channelId) => channelId > after)
          .sort()
          .slice(0, limit)
      },
      outbox(channelId, limit) {
        asked.channels += 1
        return takingTime(() => {
          if (settings.unreadable !== undefined) throw settings.unreadable
          const page: OutboxEntry[] = []
          for (const one of channels.get(channelId)?.values() ?? []) {
            if (page.length === limit) break
            page.push(one)
          }
          return page
        })
      },
      outboxDone(ids) {
        asked.deletes += 1
        return takingTime(() => {
          if (settings.refusal !== undefined) throw settings.refusal
          done.push(...ids)
          for (const [channelId, own] of channels) {
            for (const id of ids) own.delete(id)
            if (own.size === 0) channels.delete(channelId)
          }
        })
      },
    },
    log: {
      async append(commands) {
        appended.push(...commands)
        if (settings.failure !== undefined) throw settings.failure
        for (const command of commands) {
          if (settings.folds(command.channelId)) environment.setTimer(() => answer(command), 10)
        }
        return commands.map(() => settings.outcome)
      },
    },
  })

  return {
    environment,
    relay,
    settings,
    appended,
    done,
    errors,
    givenUp,
    asked,
    calls,
    add,
    answer,
  }
}
