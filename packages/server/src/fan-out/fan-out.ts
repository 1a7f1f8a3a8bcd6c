import type { ChannelEvent } from '@tidings/protocol'
import { DeadlineError, withDeadline } from '../environment/deadline.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { KnownHead, KnownHeads } from '../ports/known-heads.js'
import type { Answer, ChannelPush, PushBatch, PushBus } from '../ports/push.js'
import type { Routes } from '../ports/routes.js'
import type { Announcement, Announcer } from '../sequencer/index.js'
import type { RequestContext } from '../stream/request-context.js'
import { tellPushed } from '../trace/pushes.js'
import type { StepLog } from '../trace/steps.js'

export interface FanOutOptions {
  readonly environment: ServerEnvironment
  readonly bus: PushBus
  readonly routes: Routes
  /** Told of every head that is announced, for the gateways to compare with (R12). */
  readonly knownHeads?: Pick<KnownHeads, 'raise'>
  /** Told of stored events, in order per channel. */
  readonly afterStored?: (
    events: readonly ChannelEvent[],
    requests: readonly (RequestContext | undefined)[],
  ) => void
  /** Told of each event and answer that goes out. */
  readonly steps?: StepLog | undefined
  /** Told of pushes that failed; they heal by heads (R12). */
  readonly onPushFailed?: (processId: string, error: unknown) => void
  /** Heads of channels that were active lately go out again this often (R12). @default 2,000 */
  readonly digestIntervalMs?: number
  /**
   * Routes that are not found by then are not waited for: everybody gets the push. Then nothing is looked up for a
   * second, so that routes that hang slow nothing down. Left out: they are waited for.
   */
  readonly lookupTimeoutMs?: number
}

type Outgoing = Pick<Announcement, 'channels' | 'answers'>

/** Most channels whose head is repeated in digests; the longest quiet is left out first (I7). */
const MAX_RECENT = 10_000
/** A channel's head is repeated in this many digests after its last event. */
const DIGEST_ROUNDS = 3
/** How long routes are not asked that did not answer in time. */
const LOOKUP_PAUSE_MS = 1_000

/** Pushes to one process keep the order of the calls. */
export interface FanOut extends Announcer {
  /** Resolves when what was announced is on its way. */
  close(): Promise<void>
}

/**
 * Brings events to every process that holds a member of their channel, and answers to their origin. Best
 * effort: who misses a push learns of it by a later head (R12).
 */
export function createFanOut(options: FanOutOptions): FanOut {
  const { environment, bus, routes } = options
  const recent = new Map<string, { head: ChannelPush; rounds: number }>()
  /** Heads that could not be raised, by channel. */
  const unraised = new Map<string, KnownHead>()
  let order: Promise<void> = Promise.resolve()
  let lookupAgainAt = Number.NEGATIVE_INFINITY
  let closed = false

  function deliver(announcement: Outgoing, targets: readonly (readonly string[])[]): void {
    const batches = new Map<string, { channels: ChannelPush[]; answers: Answer[] }>()
    const batchOf = (processId: string) => {
      let batch = batches.get(processId)
      if (batch === undefined) {
        batch = { channels: [], answers: [] }
        batches.set(processId, batch)
      }
      return batch
    }
    announcement.channels.forEach((channel, i) => {
      // who joins may be connected where nobody else of the channel is, so no route leads there yet
      const joins = channel.events.some((pushed) => pushed.event.type === 'member.joined')
      for (const processId of joins ? bus.processes() : (targets[i] ?? [])) {
        batchOf(processId).channels.push(channel)
      }
    })
    for (const answer of announcement.answers) batchOf(answer.origin.processId).answers.push(answer)
    for (const [processId, batch] of batches) {
      tellPushed(options.steps, processId, batch)
      push(processId, batch)
    }
  }

  /** Routes are looked up after the write is durable; when they cannot be had, everybody gets it. */
  async function lookup(channels: readonly ChannelPush[]): Promise<readonly (readonly string[])[]> {
    if (channels.length === 0) return []
    const { lookupTimeoutMs } = options
    try {
      if (environment.monotonicNow() < lookupAgainAt) throw new Error('routes do not answer')
      const looking = routes.lookup(channels.map((channel) => channel.channelId))
      if (lookupTimeoutMs === undefined) return await looking
      return await withDeadline(environment, looking, lookupTimeoutMs)
    } catch (error) {
      if (error instanceof DeadlineError) {
        lookupAgainAt = environment.monotonicNow() + LOOKUP_PAUSE_MS
      }
      const all = bus.processes()
      return channels.map(() => all)
    }
  }

  function push(processId: string, batch: PushBatch): void {
    bus.push(processId, batch).catch((error: unknown) => options.onPushFailed?.(processId, error))
  }

  /** Best effort and not waited for; what fails goes again with a digest, unless a higher one went before. */
  function raise(heads: readonly KnownHead[]): void {
    if (options.knownHeads === undefined || heads.length === 0) return
    for (const { channelId } of heads) unraised.delete(channelId)
    options.knownHeads.raise(heads).catch(() => {
      for (const head of heads) {
        const other = unraised.get(head.channelId)
        if (other === undefined ? unraised.size < MAX_RECENT : isHigher(head, other)) {
          unraised.set(head.channelId, head)
        }
      }
    })
  }

  function remember(channel: ChannelPush): void {
    recent.delete(channel.channelId)
    if (recent.size >= MAX_RECENT) {
      const quietest = recent.keys().next().value
      if (quietest !== undefined) recent.delete(quietest)
    }
    recent.set(channel.channelId, { head: { ...channel, events: [] }, rounds: DIGEST_ROUNDS })
  }

  function digest(): void {
    timer = environment.setTimer(digest, options.digestIntervalMs ?? 2_000)
    const channels: ChannelPush[] = []
    for (const [channelId, entry] of recent) {
      channels.push(entry.head)
      if (--entry.rounds === 0) recent.delete(channelId)
    }
    if (channels.length > 0) enqueue({ channels, answers: [] })
    raise([...unraised.values()])
  }

  /** Looked up at once, sent in order: a batch does not wait for the look-ups before it, one after the other. */
  function enqueue(announcement: Outgoing): void {
    if (closed) return
    raise(announcement.channels.map(headOf))
    const looking = lookup(announcement.channels)
    order = order.then(async () => {
      const targets = await looking
      if (!closed) deliver(announcement, targets)
    })
  }

  let timer = environment.setTimer(digest, options.digestIntervalMs ?? 2_000)
  return {
    announce(announcement) {
      for (const channel of announcement.channels) {
        remember(channel)
        if (options.afterStored !== undefined && channel.events.length > 0) {
          options.afterStored(
            channel.events.map((pushed) => pushed.event),
            channel.events.map((pushed) => pushed.request),
          )
        }
      }
      enqueue(announcement)
    },
    async close() {
      environment.clearTimer(timer)
      await order
      closed = true
    },
  }
}

const isHigher = (head: KnownHead, other: KnownHead): boolean =>
  head.epoch > other.epoch || (head.epoch === other.epoch && head.headSeq >= other.headSeq)

const headOf = ({ channelId, epoch, headSeq, oldestSeq }: ChannelPush): KnownHead => ({
  channelId,
  epoch,
  headSeq,
  oldestSeq,
})
