import { SERVER_ID_PREFIX } from '@tidings/protocol'
import type { Inbox } from '../fan-out/inbox.js'
import type { CommandLog } from '../ports/command-log.js'
import type { Directory, OutboxEntry } from '../ports/directory.js'
import type { Candidacy, Election } from '../ports/election.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { OutboxWanted, PushBus } from '../ports/push.js'
import { type Command, type CommandResult, RULES_VERSION } from '../stream/command.js'
import type { Traces } from '../trace/traces.js'

export interface RelayOptions {
  readonly environment: ServerEnvironment
  readonly directory: Pick<Directory, 'outbox' | 'outboxDone'>
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
  /** A process that does not bring the entries itself asks for results this often. @default 500 */
  readonly askIntervalMs?: number
  /** Looks for entries this often without being poked, in milliseconds. @default 1,000 */
  readonly pollIntervalMs?: number
  /** An entry without an answer is appended again after this long, with the same id. @default 5,000 */
  readonly answerTimeoutMs?: number
  readonly onError?: (error: unknown) => void
}

export interface Relay {
  /** Something was written to the outbox: look now. */
  poke(): void
  /** Another process wants to know results. Nothing happens where the entries are not brought. */
  wanted(outbox: OutboxWanted): void
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
/** Entries whose results other processes wait for; who is not heard asks again (I7). */
const WANTED_MAX = 10_000

interface Wanted {
  readonly entry: OutboxEntry
  readonly by: Set<string>
}

/**
 * Brings directory changes into the stream (R15): first in, first out per channel, one append in flight
 * for each channel, under ids that no client can send. A repeat after a crash or a lost answer is recognised by
 * its id and changes nothing. One process brings them, the others ask it for results; should two believe for a
 * moment that they are the one, each keeps the order, and what the second brings are repeats.
 */
export function createRelay(options: RelayOptions): Relay {
  const { environment, directory, log, inbox } = options
  const waiting = new Map<number, PromiseWithResolvers<CommandResult>>()
  const done = new Map<number, CommandResult>()
  const busyChannels = new Set<string>()
  const inFlight = new Set<Promise<void>>()
  const giveUps = new Set<() => void>()
  const wantedBy = new Map<number, Wanted>()
  const asking = new Map<number, unknown>()
  let closed = false
  let elected = options.election === undefined
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
    ...(options.traces !== undefined && { trace: options.traces.begin() }),
  })

  /** Appends one entry until its answer is there. */
  async function bring(entry: OutboxEntry): Promise<void> {
    while (!closed && elected) {
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
        tell(entry, result)
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

  /** Answers the processes that asked for this result. */
  function tell(entry: OutboxEntry, result: CommandResult): void {
    const by = wantedBy.get(entry.entryId)?.by ?? []
    wantedBy.delete(entry.entryId)
    const { channelId, userId, entryId } = entry
    const id = { channelId, userId, clientMsgId: `${SERVER_ID_PREFIX}${entryId}` }
    for (const processId of by) {
      const origin = { processId, replyTo: `outbox:${entryId}` }
      const answers = [{ origin, id, result, deduplicated: false }]
      // who is not reached asks again
      options.bus?.push(processId, { channels: [], answers }).catch(() => undefined)
    }
  }

  async function bringAll(entries: readonly OutboxEntry[]): Promise<void> {
    for (const entry of entries) if (!closed && elected) await bring(entry)
  }

  async function look(): Promise<void> {
    if (!elected) return
    if (looking || closed) {
      lookAgain = true
      return
    }
    looking = true
    try {
      const byChannel = new Map<string, OutboxEntry[]>()
      const asked = [...wantedBy.values()]
      const page = await directory.outbox(PAGE)
      for (const entry of [...page, ...doneBefore(asked, page)]) {
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

  /**
   * Entries that were asked for and are in the outbox no more: brought by another process, and the result was lost
   * with it. They stand in the log, so bringing them once more is a repeat, answered with the first result.
   */
  function doneBefore(asked: readonly Wanted[], page: readonly OutboxEntry[]): OutboxEntry[] {
    const pending = new Set(page.map((entry) => entry.entryId))
    const last = page.length < PAGE ? Number.POSITIVE_INFINITY : (page.at(-1)?.entryId ?? 0)
    return asked
      .map(({ entry }) => entry)
      .filter(({ entryId }) => !pending.has(entryId) && entryId < last && !done.has(entryId))
  }

  /** Asks whoever brings the entries, until there is an answer. */
  function ask(entry: OutboxEntry): void {
    const { entryId } = entry
    if (closed || asking.has(entryId)) return
    const stop = inbox.expect(`outbox:${entryId}`, ({ result }) => {
      environment.clearTimer(asking.get(entryId))
      asking.delete(entryId)
      finish(entryId, result)
    })
    const again = (): void => {
      if (closed || !waiting.has(entryId)) {
        stop()
        asking.delete(entryId)
        return
      }
      asking.set(entryId, environment.setTimer(again, options.askIntervalMs ?? 500))
      // this process among them: the election may have made it the one
      const outbox = { processId: options.processId, entries: [entry] }
      for (const processId of options.bus?.processes() ?? []) {
        options.bus?.push(processId, { channels: [], answers: [], outbox }).catch(() => undefined)
      }
    }
    again()
  }

  function start(channelId: string, entries: readonly OutboxEntry[]): void {
    busyChannels.add(channelId)
    const run = bringAll(entries)
      .catch((error: unknown) => options.onError?.(error))
      .then(() => {
        busyChannels.delete(channelId)
        inFlight.delete(run)
        // more may have come for this channel, or the page was full
        if (!closed && elected) void look()
      })
    inFlight.add(run)
  }

  function poll(): void {
    timer = environment.setTimer(poll, options.pollIntervalMs ?? 1_000)
    void look()
  }

  /** Works until another may be elected; what is in flight is brought again by that one. */
  async function serve(held: AbortSignal): Promise<void> {
    const over = Promise.withResolvers<void>()
    held.addEventListener('abort', () => over.resolve(), { once: true })
    if (held.aborted || closed) return
    elected = true
    const stopListening = options.notices?.(() => void look())
    poll()
    await over.promise
    elected = false
    stopListening?.()
    environment.clearTimer(timer)
    for (const giveUp of [...giveUps]) giveUp()
    await Promise.all(inFlight)
    wantedBy.clear()
  }

  let candidacy: Candidacy | undefined
  if (options.election === undefined) poll()
  else candidacy = options.election.stand(serve)

  return {
    poke() {
      void look()
    },
    wanted({ processId, entries }) {
      if (!elected || closed) return
      for (const entry of entries) {
        const known = wantedBy.get(entry.entryId)
        if (known !== undefined) known.by.add(processId)
        else if (wantedBy.size < WANTED_MAX) {
          wantedBy.set(entry.entryId, { entry, by: new Set([processId]) })
        }
        const result = done.get(entry.entryId)
        if (result !== undefined) tell(entry, result)
      }
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
      if (options.election !== undefined) ask(entry)
      return waiter.promise
    },
    async close() {
      closed = true
      environment.clearTimer(timer)
      for (const asked of asking.values()) environment.clearTimer(asked)
      asking.clear()
      for (const giveUp of [...giveUps]) giveUp()
      await Promise.all(inFlight)
      await candidacy?.close()
      for (const waiter of waiting.values()) waiter.reject(new Error('the relay is closed'))
      waiting.clear()
    },
  }
}
