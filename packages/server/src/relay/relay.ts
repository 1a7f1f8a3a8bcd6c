import { SERVER_ID_PREFIX } from '@tidings/protocol'
import type { Inbox } from '../fan-out/inbox.js'
import type { CommandLog } from '../ports/command-log.js'
import type { Directory, OutboxEntry } from '../ports/directory.js'
import type { ServerEnvironment } from '../ports/environment.js'
import { type Command, type CommandResult, RULES_VERSION } from '../stream/command.js'

export interface RelayOptions {
  readonly environment: ServerEnvironment
  readonly directory: Pick<Directory, 'outbox' | 'outboxDone'>
  readonly log: Pick<CommandLog, 'append'>
  readonly inbox: Inbox
  /** The id of this process on the push bus. */
  readonly processId: string
  /** Looks for entries this often without being poked, in milliseconds. @default 1,000 */
  readonly pollIntervalMs?: number
  /** An entry without an answer is appended again after this long, with the same id. @default 5,000 */
  readonly answerTimeoutMs?: number
  readonly onError?: (error: unknown) => void
}

export interface Relay {
  /** Something was written to the outbox: look now. */
  poke(): void
  /**
   * Resolves when the entry stands in its channel's stream, with the result of its command; rejects when the
   * relay closes first: the entry then follows after the next start.
   */
  stored(entry: OutboxEntry): Promise<CommandResult>
  /** Ends at once; what was not answered stays in the outbox and is brought again, under the same id. */
  close(): Promise<void>
}

const PAGE = 100
/** Results kept for who asks late: an entry may be done before `stored` is called. */
const RESULTS_KEPT = 1_000

/**
 * Brings directory changes into the stream (R15): first in, first out per channel, one append in flight
 * for each channel, under ids that no client can send. Exactly one relay runs for a directory. A repeat
 * after a crash or a lost answer is recognised by its id and changes nothing.
 */
export function createRelay(options: RelayOptions): Relay {
  const { environment, directory, log, inbox } = options
  const waiting = new Map<number, PromiseWithResolvers<CommandResult>>()
  const done = new Map<number, CommandResult>()
  const busyChannels = new Set<string>()
  const inFlight = new Set<Promise<void>>()
  const giveUps = new Set<() => void>()
  let closed = false
  let looking = false
  let lookAgain = false
  let timer: unknown

  const commandOf = (entry: OutboxEntry): Command => ({
    role: 'owner',
    // a join says in `role` what the new member is
    ...entry.payload,
    channelId: entry.channelId,
    userId: entry.userId,
    clientMsgId: `${SERVER_ID_PREFIX}${entry.entryId}`,
    rules: RULES_VERSION,
    messageId: `${SERVER_ID_PREFIX}${entry.entryId}`,
    acceptedAt: entry.createdAt,
    membershipVersion: 0,
    origin: { processId: options.processId, replyTo: `relay:${entry.entryId}` },
    requestId: `relay:${entry.entryId}`,
  })

  /** Appends one entry until its answer is there. */
  async function bring(entry: OutboxEntry): Promise<void> {
    while (!closed) {
      const answered = new Promise<CommandResult | undefined>((resolve) => {
        const stop = inbox.expect(`relay:${entry.entryId}`, (answer) => end(answer.result))
        const end = (result?: CommandResult): void => {
          stop()
          environment.clearTimer(deadline)
          giveUps.delete(end)
          resolve(result)
        }
        const deadline = environment.setTimer(end, options.answerTimeoutMs ?? 5_000)
        giveUps.add(end)
      })
      await log.append([commandOf(entry)])
      const result = await answered
      if (result !== undefined) {
        await directory.outboxDone([entry.entryId])
        finish(entry.entryId, result)
        return
      }
    }
  }

  function finish(entryId: number, result: CommandResult): void {
    if (done.size >= RESULTS_KEPT) {
      const oldest = done.keys().next().value
      if (oldest !== undefined) done.delete(oldest)
    }
    done.set(entryId, result)
    waiting.get(entryId)?.resolve(result)
    waiting.delete(entryId)
  }

  async function bringAll(entries: readonly OutboxEntry[]): Promise<void> {
    for (const entry of entries) if (!closed) await bring(entry)
  }

  async function look(): Promise<void> {
    if (looking || closed) {
      lookAgain = true
      return
    }
    looking = true
    try {
      const byChannel = new Map<string, OutboxEntry[]>()
      for (const entry of await directory.outbox(PAGE)) {
        if (busyChannels.has(entry.channelId)) continue
        const entries = byChannel.get(entry.channelId)
        if (entries === undefined) byChannel.set(entry.channelId, [entry])
        else entries.push(entry)
      }
      for (const [channelId, entries] of byChannel) start(channelId, entries)
    } catch (error) {
      options.onError?.(error)
    } finally {
      looking = false
    }
    if (lookAgain && !closed) {
      lookAgain = false
      await look()
    }
  }

  function start(channelId: string, entries: readonly OutboxEntry[]): void {
    busyChannels.add(channelId)
    const run = bringAll(entries)
      .catch((error: unknown) => options.onError?.(error))
      .then(() => {
        busyChannels.delete(channelId)
        inFlight.delete(run)
        // more may have come for this channel, or the page was full
        if (!closed) void look()
      })
    inFlight.add(run)
  }

  function poll(): void {
    timer = environment.setTimer(poll, options.pollIntervalMs ?? 1_000)
    void look()
  }
  poll()

  return {
    poke() {
      void look()
    },
    async stored(entry) {
      const result = done.get(entry.entryId)
      if (result !== undefined) return result
      if (closed) throw new Error('the relay is closed')
      let waiter = waiting.get(entry.entryId)
      if (waiter === undefined) {
        waiter = Promise.withResolvers<CommandResult>()
        waiting.set(entry.entryId, waiter)
      }
      void look()
      return waiter.promise
    },
    async close() {
      closed = true
      environment.clearTimer(timer)
      for (const giveUp of [...giveUps]) giveUp()
      await Promise.all(inFlight)
      for (const waiter of waiting.values()) waiter.reject(new Error('the relay is closed'))
      waiting.clear()
    },
  }
}
