import { FewAtOnce } from '../environment/few-at-once.js'
import type { Inbox } from '../fan-out/inbox.js'
import type { CommandLog } from '../ports/command-log.js'
import type { Directory, OutboxEntry } from '../ports/directory.js'
import type { Candidacy, Election } from '../ports/election.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { OutboxWanted, PushBus } from '../ports/push.js'
import type { CommandResult } from '../stream/command.js'
import type { Traces } from '../trace/traces.js'
import { AskedEntries } from './asked.js'
import { Asking } from './asking.js'
import { AwaitedResults, type GivenUp, notYet } from './awaited.js'
import { Bringing } from './bringing.js'
import { commandIdOf } from './command-id.js'
import { createTurns } from './turns.js'

export interface RelayOptions {
  readonly environment: ServerEnvironment
  readonly directory: Pick<Directory, 'outboxChannels' | 'outbox' | 'outboxDone'>
  readonly log: Pick<CommandLog, 'append'>
  readonly inbox: Inbox
  /** The id of this process on the push bus. */
  readonly processId: string
  /** Where there are several processes: which of them brings the entries. Left out: this one. */
  readonly election?: Election | undefined
  /** Tells, best effort, that something may be in the outbox, whichever process put it there. */
  readonly notices?: ((listener: () => void) => () => void) | undefined
  /** Where there are several processes: how they ask for results, and are answered. */
  readonly bus?: Pick<PushBus, 'push' | 'processes'> | undefined
  /** Begins a trace for each command; left out: there are none. */
  readonly traces?: Traces | undefined
  /** A process that does not bring the entries itself asks for results this often, in milliseconds. @default 500 */
  readonly askIntervalMs?: number | undefined
  /** Looks for entries this often without being poked, and waits so long after trouble, in milliseconds. @default 1,000 */
  readonly pollIntervalMs?: number
  /**
   * An entry without an answer is appended again after this long, with the same id; where its command is known to
   * be in the log, after twice as long each time, up to 30 s. @default 5,000
   */
  readonly answerTimeoutMs?: number
  /** A channel in which no entry has been brought for so long keeps nobody waiting, in milliseconds. @default 30,000 */
  readonly storedTimeoutMs?: number
  /** Results that are waited for in this process, half of them in one channel; for more nobody waits. @default 40,000 */
  readonly maxWaiting?: number
  readonly onGivenUp?: (entries: number, why: GivenUp) => void
  /** Told of an entry in the stream for which nobody waits: whoever made it may have died before telling the others. */
  readonly onUnasked?: (entry: OutboxEntry) => void
  readonly onError?: (error: unknown) => void
}

export interface Relay {
  /** Something was written to the outbox: look now. */
  poke(): void
  /** Another process wants to know results. Nothing happens where the entries are not brought. */
  wanted(outbox: OutboxWanted): void
  /**
   * Resolves when the entry stands in its channel's stream, with the result of its command. Rejects with DirectoryError
   * `unavailable` when that is not to be waited for: it takes too long, too many others wait, or the relay closes. The
   * entry follows all the same, where the relay has closed after the next start.
   */
  stored(entry: OutboxEntry): Promise<CommandResult>
  /** Ends at once; what was not answered stays in the outbox and is brought again, under the same id. */
  close(): Promise<void>
}

/** Entries of a channel that are read at once. */
const PAGE = 100
/** Results kept for who asks late: an entry may be done before `stored` is called. */
const RESULTS_KEPT = 1_000
/** Turns that use the directory at the same time: its connections are for the rest of the process too (I7). */
export const DIRECTORY_TURNS_MAX = 4
/** Longest wait before a deletion is tried again, in milliseconds. */
const MAX_PAUSE_MS = 30_000
/**
 * Brings directory changes into the stream (R15): first in, first out per channel, one append in flight for each
 * channel, under ids that no client can send. No channel waits for another. A repeat after a crash or a lost answer
 * is recognised by its id and changes nothing. One process brings them, the others ask it for results; should two
 * believe for a moment that they are the one, each keeps the order, and what the second brings are repeats.
 */
export function createRelay(options: RelayOptions): Relay {
  const { environment, directory, pollIntervalMs = 1_000 } = options
  /** By the id of the command: a restored database gives the number of an entry again. */
  const done = new Map<string, CommandResult>()
  const asked = new AskedEntries()
  const bringing = new Bringing(options)
  const { bus } = options
  const asking =
    options.election === undefined || bus === undefined
      ? undefined
      : new Asking({ ...options, bus, onResult: keep })
  const awaited = new AwaitedResults({
    environment,
    timeoutMs: options.storedTimeoutMs ?? 30_000,
    max: options.maxWaiting ?? 40_000,
    onGivenUp(entries, why) {
      for (const { entryId } of entries) asking?.delete(entryId)
      options.onGivenUp?.(entries.length, why)
    },
  })
  let closed = false
  let elected = options.election === undefined
  let timer: unknown

  const working = () => elected && !closed
  const directoryTurns = new FewAtOnce({ max: DIRECTORY_TURNS_MAX })
  const turns = createTurns({ directory, working, turn, onError: options.onError })

  /** Undefined for a call that had to wait until the work had ended. */
  function fewAtOnce<T>(call: () => Promise<T>): Promise<T | undefined> {
    const waits = directoryTurns.isFull
    return directoryTurns.run(async () => (waits && !working() ? undefined : call()))
  }

  /** Brings the entries of one channel until there are none or one gets no answer. */
  async function turn(channelId: string): Promise<void> {
    try {
      while (working()) {
        const before = asked.of(channelId)
        const limit = bringing.isUnanswered(channelId) ? 1 : PAGE
        const waits = await fewAtOnce(() => directory.outbox(channelId, limit))
        if (waits === undefined) return
        const entries = [...doneBefore(before, waits, limit), ...waits]
        if (entries.length === 0) return
        const numbered = await bringInOrder(entries)
        await remove(numbered)
        if (numbered.length < entries.length) return
      }
    } catch (error) {
      options.onError?.(error)
      if (working()) await bringing.pause(pollIntervalMs)
    }
  }

  /** Brings one after the other, up to one that gets no answer; resolves to those that stand in the stream. */
  async function bringInOrder(entries: readonly OutboxEntry[]): Promise<readonly number[]> {
    const numbered: number[] = []
    for (const entry of entries) {
      const result = working() ? await bringing.bring(entry) : undefined
      if (result === undefined) break
      numbered.push(entry.entryId)
      finish(entry, result)
    }
    return numbered
  }

  /** Tries until they are gone: what stands in the stream need not be brought again because of it. */
  async function remove(entryIds: readonly number[]): Promise<void> {
    let delayMs = pollIntervalMs
    while (entryIds.length > 0) {
      try {
        await fewAtOnce(() => directory.outboxDone(entryIds))
        return
      } catch (error) {
        options.onError?.(error)
      }
      if (working()) await bringing.pause(delayMs)
      if (!working()) return
      delayMs = Math.min(delayMs * 2, Math.max(pollIntervalMs, MAX_PAUSE_MS))
    }
  }

  function finish(entry: OutboxEntry, result: CommandResult): void {
    const isAwaited = awaited.has(entry)
    keep(entry, result)
    const isAsked = tell(entry, result)
    if (!isAwaited && !isAsked) options.onUnasked?.(entry)
  }

  function keep(entry: OutboxEntry, result: CommandResult): void {
    if (done.size >= RESULTS_KEPT) {
      const oldest = done.keys().next().value
      if (oldest !== undefined) done.delete(oldest)
    }
    done.set(commandIdOf(entry), result)
    asking?.delete(entry.entryId)
    awaited.resolve(entry, result)
  }

  /** Answers the processes that asked for this result; false when none has. */
  function tell(entry: OutboxEntry, result: CommandResult): boolean {
    const { channelId, userId, entryId } = entry
    const id = { channelId, userId, clientMsgId: commandIdOf(entry) }
    const processIds = [...asked.take(entry)]
    for (const processId of processIds) {
      const origin = { processId, replyTo: `outbox:${entryId}` }
      const answers = [{ origin, id, result, deduplicated: false }]
      // who is not reached asks again
      options.bus?.push(processId, { channels: [], answers }).catch(() => undefined)
    }
    return processIds.length > 0
  }

  /**
   * Entries that were asked for and are in the outbox no more: brought by another process, and the result was lost
   * with it. They stand in the log, so bringing them once more is a repeat, answered with the first result.
   */
  function doneBefore(
    wanted: readonly OutboxEntry[],
    page: readonly OutboxEntry[],
    limit: number,
  ): OutboxEntry[] {
    const pending = new Set(page.map((entry) => entry.entryId))
    const last = page.length < limit ? Number.POSITIVE_INFINITY : (page.at(-1)?.entryId ?? 0)
    return wanted.filter(
      (entry) =>
        !pending.has(entry.entryId) && entry.entryId < last && !done.has(commandIdOf(entry)),
    )
  }

  function poll(): void {
    timer = environment.setTimer(poll, pollIntervalMs)
    void turns.look()
  }

  /** Works until another may be elected; what is in flight is brought again by that one. */
  async function serve(held: AbortSignal): Promise<void> {
    const over = Promise.withResolvers<void>()
    held.addEventListener('abort', () => over.resolve(), { once: true })
    if (held.aborted || closed) return
    elected = true
    const stopListening = options.notices?.(() => void turns.look())
    poll()
    await over.promise
    elected = false
    stopListening?.()
    environment.clearTimer(timer)
    bringing.giveUp()
    await turns.ended()
    asked.clear()
    bringing.forget()
  }

  let candidacy: Candidacy | undefined
  if (options.election === undefined) poll()
  else candidacy = options.election.stand(serve)

  return {
    poke() {
      void turns.look()
    },
    wanted({ processId, entries }) {
      if (!elected || closed) return
      for (const entry of entries) {
        asked.add(entry, processId)
        turns.ask(entry.channelId)
        const result = done.get(commandIdOf(entry))
        if (result !== undefined) tell(entry, result)
      }
      void turns.look()
    },
    async stored(entry) {
      const result = done.get(commandIdOf(entry))
      if (result !== undefined) return result
      if (closed) throw notYet()
      void turns.look()
      const stored = awaited.wait(entry)
      if (awaited.has(entry)) asking?.add(entry)
      return stored
    },
    async close() {
      closed = true
      environment.clearTimer(timer)
      asking?.close()
      bringing.giveUp()
      await turns.ended()
      await candidacy?.close()
      awaited.close()
    },
  }
}
