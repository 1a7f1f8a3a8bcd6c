import type { ChannelRecord } from '../ports/directory.js'
import type { ChannelPush, PushedEvent } from '../ports/push.js'
import type { ChannelState, EpochStart } from '../stream/event.js'
import type { Connection } from './connection.js'
import type { EventRate } from './event-rate.js'
import type { Pulling } from './pulled.js'
import { Tail } from './tail.js'
import { TailTexts } from './tail-texts.js'

const FIRST_EPOCHS: readonly EpochStart[] = Object.freeze([{ epoch: 1, fromSeq: 0 }])

/** Pushes kept while a channel is being opened; of more only the head counts, the store has the events. */
const WAITING_MAX = 64

/** A channel that this gateway follows: how far it is, its newest events, and who wants them. */
export class Channel {
  status: 'opening' | 'open' | 'closed' = 'opening'
  /** Settles when the route is registered and the head was read after it (R12). */
  opened: Promise<void> = Promise.resolve()
  record: ChannelRecord | undefined = undefined

  epoch = 1
  epochs: readonly EpochStart[] = FIRST_EPOCHS
  /** The number of the last event that was taken over; subscribers have, or are about to get, all up to it. */
  lastSeq = 0
  messageCount = 0
  oldestSeq = 1
  /** The highest number heard of; above `lastSeq` something is missing. */
  knownHead = 0

  readonly subscribers = new Set<Connection>()
  /** Subscribers whose history begins above 1, with where: some events reach them hidden. */
  restricted: Map<Connection, number> | undefined = undefined

  /** As far as is known here: read when it was opened, and counted on by the stream. */
  memberCount = 0
  /** Who asked to be told of presence. */
  watchers: Set<Connection> | undefined = undefined
  /** When presence was told last, where it is paced. */
  presenceToldAt = Number.NEGATIVE_INFINITY

  /** Messages below where the histories of some members begin, by where that is; left out until one is told. */
  countsBelow: Map<number, number> | undefined = undefined

  /** How often something happens here; left out until something has. */
  rate: EventRate | undefined = undefined
  /** Its members pull; left out: they are sent what happens. */
  pulling: Pulling | undefined = undefined

  /** Events of this turn, not yet written. */
  collected: PushedEvent[] = []
  /** Events above a hole, by number. */
  held: Map<number, PushedEvent> | undefined = undefined
  waiting: ChannelPush[] = []
  repairing: Promise<void> | undefined = undefined
  readonly tail: Tail
  readonly tailTexts = new TailTexts()
  /** Of the tail, as the sum over all channels has it. */
  tailChars = 0
  filling: Promise<void> | undefined = undefined
  /** Since when nobody follows it, on the monotonic clock. */
  unusedSince: number

  constructor(
    readonly channelId: string,
    now: number,
    tailMaxEvents: number,
    tailMaxChars: number,
  ) {
    this.unusedSince = now
    this.tail = new Tail(tailMaxEvents, tailMaxChars)
  }

  get isFollowed(): boolean {
    return this.subscribers.size > 0 || this.restricted !== undefined
  }

  /** Everybody who follows it. */
  *followers(): Generator<Connection> {
    yield* this.subscribers
    if (this.restricted !== undefined) yield* this.restricted.keys()
  }

  /** Begins to follow, or goes on with another beginning of its history. */
  follow(connection: Connection, visibleFromSeq: number): void {
    connection.channels.add(this)
    if (visibleFromSeq <= 1) {
      this.unrestrict(connection)
      this.subscribers.add(connection)
      return
    }
    this.subscribers.delete(connection)
    if (this.restricted === undefined) this.restricted = new Map()
    this.restricted.set(connection, visibleFromSeq)
  }

  unfollow(connection: Connection, now: number): void {
    connection.channels.delete(this)
    connection.behind?.delete(this)
    if (connection.watched?.has(this)) this.unwatch(connection)
    this.subscribers.delete(connection)
    this.unrestrict(connection)
    if (!this.isFollowed) this.unusedSince = now
  }

  watch(connection: Connection): void {
    if (this.watchers === undefined) this.watchers = new Set()
    this.watchers.add(connection)
    if (connection.watched === undefined) connection.watched = new Set()
    connection.watched.add(this)
  }

  unwatch(connection: Connection): void {
    connection.watched?.delete(this)
    this.watchers?.delete(connection)
    if (this.watchers?.size === 0) this.watchers = undefined
  }

  private unrestrict(connection: Connection): void {
    if (this.restricted?.delete(connection) && this.restricted.size === 0) {
      this.restricted = undefined
    }
  }

  /** Keeps a push until the head is known. */
  wait(push: ChannelPush): void {
    this.knownHead = Math.max(this.knownHead, push.headSeq)
    if (this.waiting.length < WAITING_MAX) this.waiting.push(push)
  }

  /** Takes over the state that the store has; undefined: no event yet. */
  begin(head: ChannelState | undefined): void {
    if (head === undefined) return
    this.epoch = head.epoch
    this.epochs = head.epochs
    this.lastSeq = head.headSeq
    this.messageCount = head.messageCount
    this.oldestSeq = head.oldestSeq
    this.knownHead = Math.max(this.knownHead, head.headSeq)
  }
}
