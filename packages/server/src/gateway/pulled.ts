import type { OutFrame } from '../ports/socket.js'
import type { Channel } from './channel.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { writeHead } from './envelopes.js'
import { EventRate } from './event-rate.js'
import { isToPull, spreadMs } from './pull-policy.js'

/** A channel whose members pull: when they were told the head, and whether it has moved since. */
export interface Pulling {
  toldAt: number
  isMoved: boolean
  timer: unknown
}

/** A rate is taken over so long: a burst that acceptance allows does not make a channel hot. */
const RATE_WINDOW_MS = 5_000
/** Channels whose records are read at once. */
const CHUNK = 500
/** From this part of the bound on a count is compared with the directory now and then. */
const RECOUNT_FROM = 0.5

/**
 * Very large and very hot channels. Their events reach this gateway once, like all others, and stay in the tail;
 * sockets get no bodies, but the head at most once in `headEveryMs`, and members pull what they want from the tail
 * (P-33, P-35). So a message costs such a channel's followers one small frame a second, whatever its rate, and other
 * channels nothing.
 */
export class Pulled {
  private readonly pulling = new Set<Channel>()

  constructor(private readonly core: Core) {}

  get size(): number {
    return this.pulling.size
  }

  stop(): void {
    for (const { pulling } of this.pulling) {
      if (pulling !== undefined) this.core.environment.clearTimer(pulling.timer)
    }
    this.pulling.clear()
  }

  /** An event is about to be taken over: from it on, bodies go out or heads. */
  before(channel: Channel): void {
    const now = this.core.environment.monotonicNow()
    if (this.core.options.pullAboveEventsPerS > 0) {
      channel.rate ??= new EventRate(RATE_WINDOW_MS)
      channel.rate.add(now)
    }
    this.review(channel, now)
  }

  /** The head has moved, and nobody was sent why. */
  moved(channel: Channel, pulling: Pulling): void {
    if (pulling.isMoved || !channel.isFollowed) return
    pulling.isMoved = true
    if (pulling.timer !== undefined) return
    const { environment, options } = this.core
    const dueInMs = pulling.toldAt + options.headEveryMs - environment.monotonicNow()
    // what else this turn brings is told with it
    pulling.timer = environment.setTimer(() => this.tell(channel, pulling), Math.max(0, dueInMs))
  }

  /** Nobody follows the channel any more. */
  forget(channel: Channel): void {
    if (channel.pulling !== undefined) this.end(channel, channel.pulling)
  }

  /** Counts of members are kept by the stream; near the bound they are compared with the directory. */
  async recount(channels: readonly Channel[]): Promise<void> {
    const { pullAboveMembers } = this.core.options
    if (pullAboveMembers === 0) return
    const near = channels.filter(({ memberCount }) => memberCount > pullAboveMembers * RECOUNT_FROM)
    for (let i = 0; i < near.length; i += CHUNK) {
      const some = near.slice(i, i + CHUNK)
      const records = await this.core.parts.directory.channels(some.map((one) => one.channelId))
      some.forEach((channel, at) => {
        channel.memberCount = records[at]?.memberCount ?? channel.memberCount
        if (channel.status === 'open') {
          this.review(channel, this.core.environment.monotonicNow())
        }
      })
    }
  }

  private review(channel: Channel, now: number): void {
    const { pulling, memberCount } = channel
    const eventsPerS = channel.rate?.perSecond(now) ?? 0
    const isToBe = isToPull(pulling !== undefined, { memberCount, eventsPerS }, this.core.options)
    if (isToBe === (pulling !== undefined)) return
    if (pulling === undefined) this.begin(channel)
    // P-51: live events go on right above a head that was told
    else if (!pulling.isMoved) this.end(channel, pulling)
  }

  private begin(channel: Channel): void {
    const { delivery, options, metrics } = this.core
    delivery.flushChannel(channel)
    channel.pulling = { toldAt: Number.NEGATIVE_INFINITY, isMoved: false, timer: undefined }
    // who pulls once in a while is to find what came since, whatever the rate
    channel.tail.bound(options.pulledTailMaxEvents, options.pulledTailMaxChars)
    this.pulling.add(channel)
    metrics.pulledChannels(this.pulling.size)
  }

  private end(channel: Channel, pulling: Pulling): void {
    const { environment, options, metrics } = this.core
    environment.clearTimer(pulling.timer)
    channel.pulling = undefined
    channel.tail.bound(options.tailMaxEvents, options.tailMaxChars)
    this.core.channels.weigh(channel)
    this.pulling.delete(channel)
    metrics.pulledChannels(this.pulling.size)
  }

  private tell(channel: Channel, pulling: Pulling): void {
    const { environment, lease } = this.core
    pulling.timer = undefined
    pulling.isMoved = false
    const now = environment.monotonicNow()
    // R13: as with bodies; who comes back with the lease connects again
    if (!lease.isValid()) return
    pulling.toldAt = now
    this.tellFollowers(channel)
    this.review(channel, now)
  }

  /** The same frame for all whose history begins at the same number. */
  private tellFollowers(channel: Channel): void {
    const { core } = this
    const { headEveryMs, socketBufferMaxBytes } = core.options
    const followers = channel.subscribers.size + (channel.restricted?.size ?? 0)
    const frames = new Map<number, OutFrame>()
    const tell = (connection: Connection, visibleFrom: number) => {
      if (connection.behind !== undefined || connection.isAbove(socketBufferMaxBytes)) {
        core.slowReaders.leaveOut(connection, channel)
        return
      }
      let frame = frames.get(visibleFrom)
      if (frame === undefined) {
        frame = core.encodeFrame(writeHead(channel, visibleFrom, spreadMs(followers, headEveryMs)))
        frames.set(visibleFrom, frame)
      }
      connection.enqueue(frame)
    }
    for (const connection of channel.subscribers) tell(connection, 1)
    if (channel.restricted !== undefined) {
      for (const [connection, visibleFrom] of channel.restricted) tell(connection, visibleFrom)
    }
    core.metrics.headsTold(followers)
  }
}
