import type { CommandFrame, Envelope } from '@tidings/protocol'
import { LIMITS } from '@tidings/protocol'
import type { Identity } from '../auth/port.js'
import type { GatewaySocket, OutFrame, SocketListener } from '../ports/socket.js'
import type { Authenticated } from './authentication.js'
import type { Channel } from './channel.js'
import type { SignsOfLife } from './signs-of-life.js'
import type { Wheeled } from './timing-wheel.js'
import type { Bucket } from './token-bucket.js'
import type { UserSessions } from './users.js'

const MAX_BYTES_PER_UNIT = 3

/** Who a connection tells what happens to it. One object for all connections. */
export interface ConnectionOwner {
  received(connection: Connection, text: string, byteLength: number): void
  ended(connection: Connection, code: number): void
  /** There is something to write at the end of this turn. */
  dirtied(connection: Connection): void
  encodeFrame(text: string): OutFrame
  monotonicNow(): number
}

/** `new`: nothing said yet; `greeting`: its hello is being answered. */
export type ConnectionState = 'new' | 'greeting' | 'live' | 'closed'

/** What is only needed until a connection is live. */
export interface Greeting {
  /** From the upgrade; otherwise it must come in `hello`. */
  readonly token: string | undefined
  /** Envelopes that came after `hello` and wait for its answer. */
  readonly early: Envelope[]
  /** Of the frames that they came in. */
  earlyBytes: number
  /** Of the token that came with the upgrade: it is checked while the hello is on its way. */
  authenticated: Promise<Authenticated> | undefined
}

/** A `presence.subscribe` without its answer. */
export interface Subscribing {
  readonly channelId: string
  /** It was not taken back meanwhile. */
  isWanted: boolean
}

/**
 * One client's connection: who it is, what it follows, what waits to be written. Few fields and no closures,
 * because there are a hundred thousand of them.
 */
export class Connection implements SocketListener, SignsOfLife, Bucket, Wheeled {
  state: ConnectionState = 'new'
  identity: Identity | undefined = undefined
  deviceId = ''
  /** The sessions of the same user; undefined until it is known who this is. */
  user: UserSessions | undefined = undefined
  greeting: Greeting | undefined
  readonly channels = new Set<Channel>()

  seenAt: number
  frameAt: number
  probed = false
  helloBy: number
  expiresAt = Number.POSITIVE_INFINITY
  idle = false
  /** Its client said that nobody is at it. */
  away = false
  wheelSlot = -1

  tokens = 0
  filledAt = 0

  backfillsInFlight = 0
  refreshing = false
  /** Commands without an answer, by their number on this connection: the `ref` to echo, or ''. */
  unanswered: Map<number, string> | undefined = undefined
  commands = 0

  /** Channels whose events were left out for this slow reader: each is told as a head when it catches up. */
  behind: Set<Channel> | undefined = undefined
  slowSince = 0

  /** Channels whose presence it asked to be told. */
  watched: Set<Channel> | undefined = undefined
  /** What of that is not answered yet: no more than may be in flight. */
  subscribing: Set<Subscribing> | undefined = undefined

  /** Bytes of frames that wait for the end of the turn. */
  queuedBytes = 0
  private first: OutFrame | undefined = undefined
  /** All that wait, `first` included, when there is more than one. */
  private more: OutFrame[] | undefined = undefined
  /** Envelopes for this connection alone that will share a frame, joined by commas. */
  private own = ''
  private ownCount = 0
  private ownBytes = 0
  private dirty = false

  constructor(
    readonly id: string,
    readonly socket: GatewaySocket,
    readonly remoteAddress: string,
    private readonly owner: ConnectionOwner,
    helloTimeoutMs: number,
    token: string | undefined,
  ) {
    const now = owner.monotonicNow()
    this.seenAt = now
    this.frameAt = now
    this.filledAt = now
    this.helloBy = now + helloTimeoutMs
    this.greeting = { token, early: [], earlyBytes: 0, authenticated: undefined }
  }

  message(text: string, byteLength: number): void {
    this.owner.received(this, text, byteLength)
  }

  pong(): void {
    this.seenAt = this.owner.monotonicNow()
    this.probed = false
  }

  closed(code: number): void {
    this.owner.ended(this, code)
  }

  /** True when more waits for this reader than it should; `limit` in bytes. */
  isAbove(limit: number): boolean {
    return this.queuedBytes + this.socket.bufferedBytes() > limit
  }

  /** Adds a frame that others get too. */
  enqueue(frame: OutFrame): void {
    if (this.ownCount !== 0) this.seal()
    this.queue(frame)
    if (!this.dirty) this.markDirty()
  }

  /** Writes a frame that others get too: now, or in its place behind what waits for the end of this turn. */
  write(frame: OutFrame): void {
    if (this.dirty) this.enqueue(frame)
    else this.socket.write(frame)
  }

  /** Adds an envelope for this connection alone; it shares a frame with its neighbours. */
  tell(json: string): void {
    if (this.state === 'closed') return
    // an upper bound is enough: it only ends a frame a little early
    const bytes = json.length * MAX_BYTES_PER_UNIT + 2
    const full =
      this.ownCount === LIMITS.envelopesPerFrameMax ||
      this.ownBytes + bytes > LIMITS.serverFrameMaxBytes
    if (this.ownCount !== 0 && full) this.seal()
    this.own = this.ownCount === 0 ? json : `${this.own},${json}`
    this.ownCount++
    this.ownBytes += bytes
    if (!this.dirty) this.markDirty()
  }

  /** Ends the frame that envelopes share, so that the next stands in another one. */
  seal(): void {
    if (this.ownCount === 0) return
    const frame = this.owner.encodeFrame(this.ownCount === 1 ? this.own : `[${this.own}]`)
    this.own = ''
    this.ownCount = 0
    this.ownBytes = 0
    this.queue(frame)
  }

  /** Writes all that waits with one system call. */
  flush(): void {
    this.dirty = false
    if (this.ownCount !== 0) this.seal()
    const { first, more } = this
    if (first === undefined) return
    this.first = undefined
    this.queuedBytes = 0
    if (more === undefined || more.length === 0) {
      this.socket.write(first)
    } else {
      this.socket.writeAll(more)
      more.length = 0
    }
  }

  /** Drops what waits. */
  discard(): void {
    this.first = undefined
    this.more = undefined
    this.own = ''
    this.ownCount = 0
    this.ownBytes = 0
    this.queuedBytes = 0
  }

  private queue(frame: OutFrame): void {
    this.queuedBytes += frame.bytes.length
    if (this.first === undefined) {
      this.first = frame
      return
    }
    if (this.more === undefined) this.more = []
    if (this.more.length === 0) this.more.push(this.first)
    this.more.push(frame)
  }

  private markDirty(): void {
    this.dirty = true
    this.owner.dirtied(this)
  }
}

/** A command of a connection, numbered so that its answer finds what to echo. */
export function replyTo(
  connection: Connection,
  frame: CommandFrame,
  maxUnanswered: number,
): string {
  const number = connection.commands++
  if (connection.unanswered === undefined) connection.unanswered = new Map()
  const { unanswered } = connection
  if (unanswered.size >= maxUnanswered) {
    const oldest = unanswered.keys().next().value
    if (oldest !== undefined) unanswered.delete(oldest)
  }
  unanswered.set(number, frame.ref ?? '')
  return `${connection.id}/${number}`
}
