import type { SocketEvents, SocketHandle } from '../../../packages/sdk/src/environment/port.js'
import type {
  GatewaySocket,
  OutFrame,
  SocketListener,
} from '../../../packages/server/src/ports/socket.js'
import { Backlog } from './backlog.js'
import type { Page } from './page.js'
import type { Random } from './random.js'
import type { Scheduler } from './scheduler.js'
import { type Tampering, tamper } from './tamper.js'

export type Way = 'up' | 'down'

/** Who watches what crosses. */
export interface LineObserver {
  /** The server wrote a frame. */
  wrote(line: Line, text: string): void
  /** A frame of the server reached its client. */
  delivered(line: Line, text: string): void
  /** The client wrote a frame. */
  sent(line: Line, text: string): void
  /** A frame of the client reached the server. */
  received(line: Line, text: string): void
  tampered(kind: Tampering): void
  lost(why: 'cut_before_ack' | 'half_open' | 'in_flight'): void
}

export interface LineParts {
  readonly id: number
  readonly page: Page
  readonly scheduler: Scheduler
  readonly random: Random
  readonly client: SocketEvents
  /** The client has nothing of this socket any more. */
  readonly ended: () => void
  readonly observer: LineObserver
}

/** How long a side waits for the other's close frame before it ends by itself. */
const CLOSE_TIMEOUT_MS = 5_000
const BASE_LATENCY_MS = 2

/**
 * One connection between a page and a gateway. As TCP does, it neither loses, repeats nor reorders while it lives;
 * it can be slow, half open, or end with whatever is on its way. What no network does is asked for by `tamperNext`.
 */
export class Line {
  readonly id: number
  readonly page: Page
  readonly #parts: LineParts
  readonly #lastAt = { up: 0, down: 0 }
  readonly #blocked = { up: false, down: false }
  #stalledUntilMs = 0
  #clientDone = false
  #serverDone = false
  #listener: SocketListener | undefined
  #opened = false
  readonly #backlog: Backlog
  #tamperings: Tampering[] = []
  #heldBack: string | undefined
  #cutsBeforeAck = false
  latencyMs = BASE_LATENCY_MS
  jitterMs = 3
  /** Who it turned out to be; set by the observer. */
  userId: string | undefined

  constructor(parts: LineParts) {
    this.id = parts.id
    this.page = parts.page
    this.#parts = parts
    this.#backlog = new Backlog(parts.scheduler, (text) => this.#send(text))
  }

  get isOver(): boolean {
    return this.#clientDone && this.#serverDone
  }

  get isOpen(): boolean {
    return this.#opened && !this.#clientDone && !this.#serverDone
  }

  /** Until then nothing crosses; in the past if it did not stall, or does not any more. */
  get stalledUntilMs(): number {
    return this.#stalledUntilMs
  }

  /** Bytes that the server has written and the network has not taken. */
  get bufferedBytes(): number {
    return this.#backlog.bytes
  }

  /** Those of them that were written before this moment. */
  get bufferedBeforeBytes(): number {
    return this.#backlog.bytesBefore
  }

  /** The server took the connection. */
  accept(listener: SocketListener, protocol: string): void {
    if (this.#serverDone) {
      // who gave up while connecting is there for a moment
      this.#parts.scheduler.after(0, () => listener.closed(1006))
      return
    }
    this.#listener = listener
    this.#cross('down', () => {
      if (this.#clientDone) return
      this.#opened = true
      this.#parts.client.opened(protocol)
    })
  }

  /** Nobody listens there. */
  refuse(): void {
    this.#serverDone = true
    this.#parts.scheduler.after(this.latencyMs, () => this.#endClient(1006, ''))
  }

  readonly server: GatewaySocket = {
    write: (frame) => this.#write([frame]),
    writeAll: (frames) => this.#write(frames),
    bufferedBytes: () => this.#backlog.bytes,
    ping: () => {
      this.#cross('down', () => {
        if (this.page.isDead || this.#clientDone) return
        this.#cross('up', () => this.#listener?.pong())
      })
    },
    close: (code, reason) => {
      if (this.#serverDone) return
      this.#cross('down', () => {
        this.#endClient(code, reason)
        this.#cross('up', () => this.#endServer(code))
      })
      this.#parts.scheduler.after(CLOSE_TIMEOUT_MS, () => this.#endServer(1006))
    },
    terminate: () => this.cut(),
  }

  readonly client: SocketHandle = {
    send: (text) => {
      if (this.#clientDone || !this.#opened) return
      this.#parts.observer.sent(this, text)
      this.#cross('up', () => {
        if (this.#serverDone) return this.#parts.observer.lost('in_flight')
        this.#parts.observer.received(this, text)
        this.#listener?.message(text, Buffer.byteLength(text))
      })
    },
    bufferedBytes: () => 0,
    close: (code) => {
      if (this.#clientDone) return
      this.#clientDone = true
      this.#parts.ended()
      this.#cross('up', () => this.#endServer(code))
    },
  }

  /** Both ends learn at once; what is on its way is lost. */
  cut(): void {
    this.#endServer(1006)
    this.#parts.scheduler.after(this.latencyMs, () => this.#endClient(1006, ''))
  }

  /** From now on nothing crosses this way, and nobody is told. */
  block(way: Way | 'both'): void {
    if (way !== 'down') this.#blocked.up = true
    if (way !== 'up') this.#blocked.down = true
  }

  /** Nothing crosses for a while, then everything does. */
  stall(ms: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, this.#parts.scheduler.nowMs + ms)
  }

  /** The reader takes only so many bytes, for a while. */
  readSlowly(bytesPerMs: number, ms: number): void {
    this.#backlog.slow(bytesPerMs, ms)
  }

  /** The next ack that the server writes is lost with the connection. */
  cutBeforeAck(): void {
    this.#cutsBeforeAck = true
  }

  tamperNext(kind: Tampering): void {
    this.#tamperings.push(kind)
  }

  /** No fault that was begun lasts any longer; what it broke stays broken. */
  heal(): void {
    this.#tamperings = []
    this.#cutsBeforeAck = false
    this.latencyMs = BASE_LATENCY_MS
    if (this.#blocked.up || this.#blocked.down) this.cut()
    this.#backlog.heal()
  }

  /** The process at the server's end died: it is told nothing any more. */
  abandon(): void {
    this.#serverDone = true
    this.#listener = undefined
  }

  #write(frames: readonly OutFrame[]): void {
    if (this.#serverDone) return
    for (const { text } of frames) {
      this.#parts.observer.wrote(this, text)
      if (this.#cutsBeforeAck && text.includes('"message.ack"')) {
        this.#parts.observer.lost('cut_before_ack')
        this.cut()
        return
      }
      this.#backlog.write(text)
    }
  }

  #send(text: string): void {
    const [kind] = this.#tamperings
    if (kind === undefined && this.#heldBack === undefined) return this.#deliver(text)
    const outcome = tamper(text, kind, this.#heldBack)
    if (outcome === undefined) return this.#deliver(text)
    if (kind !== undefined && outcome.done) {
      this.#tamperings.shift()
      this.#parts.observer.tampered(kind)
    }
    this.#heldBack = outcome.heldBack
    for (const frame of outcome.frames) this.#deliver(frame)
  }

  #deliver(text: string): void {
    this.#cross('down', () => {
      if (this.#clientDone || this.page.isDead) return this.#parts.observer.lost('in_flight')
      this.#parts.observer.delivered(this, text)
      this.#parts.client.message(text)
    })
  }

  /** Does something at the other end, after all that crossed before it. */
  #cross(way: Way, arrive: () => void): void {
    const { scheduler, random, observer } = this.#parts
    if (this.#blocked[way]) {
      observer.lost('half_open')
      return
    }
    const hopMs = this.latencyMs + random.next() * this.jitterMs
    const atMs = Math.max(this.#lastAt[way], this.#stalledUntilMs, scheduler.nowMs + hopMs)
    this.#lastAt[way] = atMs
    scheduler.after(atMs - scheduler.nowMs, () => {
      if (this.isOver) return observer.lost('in_flight')
      if (this.#blocked[way]) return observer.lost('half_open')
      arrive()
    })
  }

  #endClient(code: number, reason: string): void {
    if (this.#clientDone) return
    this.#clientDone = true
    this.#parts.ended()
    this.#parts.client.closed(code, reason)
  }

  #endServer(code: number): void {
    if (this.#serverDone) return
    this.#serverDone = true
    this.#backlog.clear()
    const listener = this.#listener
    this.#listener = undefined
    // no gateway is told while it is in the middle of something else
    this.#parts.scheduler.after(0, () => listener?.closed(code))
  }
}
