import type { PushedEvent } from '../ports/push.js'
import type { OutFrame } from '../ports/socket.js'
import { hiddenForm } from '../stream/visibility.js'
import type { Channel } from './channel.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'
import { frameTexts } from './frame-texts.js'

/**
 * Brings the events of a turn to the sockets. They are collected per channel; at the end of the turn a channel's
 * events become one frame, made once, and every socket that has something to get is written to once.
 */
export class Delivery {
  private hot: Channel[] = []
  private dirty: Connection[] = []
  private scheduled = false

  constructor(private readonly core: Core) {}

  /** An event that is next in its channel. */
  collect(channel: Channel, pushed: PushedEvent): void {
    if (!channel.isFollowed) return
    if (channel.pulling !== undefined) {
      this.core.pulled.moved(channel, channel.pulling)
      return
    }
    channel.collected.push(pushed)
    if (channel.collected.length > 1) return
    this.hot.push(channel)
    this.schedule()
  }

  dirtied(connection: Connection): void {
    this.dirty.push(connection)
    this.schedule()
  }

  /** Asks for the end of this turn. */
  schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.core.environment.nextTurn(() => this.turn())
  }

  /**
   * Hands what was collected to the followers of now. Called before anybody begins or ceases to follow, so that
   * each gets exactly what came while they did (R12, R13).
   */
  flushChannel(channel: Channel): void {
    this.flush(channel, false)
  }

  /** `alone`: nothing else of this turn is still to be collected, so a socket can be written to at once. */
  private flush(channel: Channel, alone: boolean): void {
    const { collected } = channel
    if (collected.length === 0) return
    channel.collected = []
    // R13: without a valid lease nobody knows who was removed meanwhile
    if (!this.core.lease.isValid()) return
    const frames = this.frames(collected, channel.oldestSeq)
    const [only] = frames
    if (alone && only !== undefined && frames.length === 1) this.writeThrough(channel, only)
    else this.toSubscribers(channel, frames)
    this.core.metrics.delivered(collected.length * channel.subscribers.size)
    if (channel.restricted !== undefined) this.toRestricted(channel, channel.restricted, collected)
    // the clock is read once for all events and all receivers of this flush
    const now = this.core.environment.now()
    for (const { event } of collected) {
      if ('ts' in event) this.core.metrics.deliveredAfter(now - event.ts)
    }
  }

  /** A frame for all followers that is never shed, in its place among the events. */
  toAll(channel: Channel, json: string): void {
    this.flushChannel(channel)
    const frame = this.core.encodeFrame(json)
    for (const connection of channel.followers()) connection.enqueue(frame)
  }

  private turn(): void {
    this.scheduled = false
    this.core.commands.submit()
    const { hot, dirty } = this
    if (hot.length > 0) {
      this.hot = []
      for (const channel of hot) this.flush(channel, hot.length === 1)
    }
    if (dirty.length === 0) return
    this.dirty = []
    const limit = this.core.options.socketCloseBytes
    for (const connection of dirty) {
      if (connection.isAbove(limit)) this.core.slowReaders.close(connection)
      else connection.flush()
    }
  }

  private toSubscribers(channel: Channel, frames: readonly OutFrame[]): void {
    const limit = this.core.options.socketBufferMaxBytes
    const { slowReaders } = this.core
    for (const frame of frames) {
      // the loop over subscribers: an integer test and a reference each, nothing allocated, nothing counted
      for (const connection of channel.subscribers) {
        if (connection.behind !== undefined || connection.isAbove(limit)) {
          slowReaders.leaveOut(connection, channel)
        } else {
          connection.enqueue(frame)
        }
      }
    }
  }

  /**
   * One frame, and mostly nothing else for anybody in this turn: written without a stop in between. The kernel
   * wakes a reader that has caught up at each write, and the faster the writes follow each other, the fewer have.
   */
  private writeThrough(channel: Channel, frame: OutFrame): void {
    const limit = this.core.options.socketBufferMaxBytes
    for (const connection of channel.subscribers) {
      if (connection.behind !== undefined || connection.isAbove(limit)) {
        this.core.slowReaders.leaveOut(connection, channel)
      } else {
        connection.write(frame)
      }
    }
  }

  /** Whose history begins later gets some events in their hidden form; the same frame for the same beginning. */
  private toRestricted(
    channel: Channel,
    restricted: ReadonlyMap<Connection, number>,
    collected: readonly PushedEvent[],
  ): void {
    const limit = this.core.options.socketBufferMaxBytes
    const framesFrom = new Map<number, readonly OutFrame[]>()
    for (const [connection, visibleFrom] of restricted) {
      const oldest = Math.max(visibleFrom, channel.oldestSeq)
      let frames = framesFrom.get(oldest)
      if (frames === undefined) {
        frames = this.frames(collected, oldest)
        framesFrom.set(oldest, frames)
      }
      for (const frame of frames) {
        if (connection.behind !== undefined || connection.isAbove(limit)) {
          this.core.slowReaders.leaveOut(connection, channel)
        } else {
          connection.enqueue(frame)
        }
      }
    }
    this.core.metrics.delivered(collected.length * restricted.size)
  }

  private frames(collected: readonly PushedEvent[], oldestSeq: number): readonly OutFrame[] {
    const texts = collected.map((pushed) => visibleText(pushed, oldestSeq))
    return frameTexts(texts).map(this.core.encodeFrame)
  }
}

/** I8: an event that would tell of what lies before a reader's history reaches them hidden. */
function visibleText({ event, json }: PushedEvent, oldestSeq: number): string {
  const hidden =
    event.channel_seq < oldestSeq || ('target_seq' in event && event.target_seq < oldestSeq)
  return hidden ? JSON.stringify(hiddenForm(event)) : json
}
