import type { Duplex } from 'node:stream'
import { CLOSE } from '@tidings/protocol'
import { WebSocket } from 'ws'
import type { GatewaySocket, OutFrame, SocketListener } from '../../ports/socket.js'

/** With which `ws` ends a connection whose frame it cannot read: protocol error, not UTF-8, too many fragments. */
const UNREADABLE = new Set([1002, 1007, 1008])
const TOO_LARGE = 1009
/** So many pings and pongs of one peer in this time are a flood. */
const CONTROL_FRAMES_MAX = 1_000
const CONTROL_WINDOW_MS = 10_000
/** Above this a ping is not answered: a peer that reads gets the answer to a later one. */
const PONG_BACKLOG_MAX_BYTES = 16 * 1024

/**
 * A WebSocket of `ws` as a gateway sees it. Prebuilt frames go straight to the network socket, one write each;
 * `ws` reads, and writes control frames, which are whole frames too, so the two never meet inside one.
 */
export class WsSocket extends WebSocket implements GatewaySocket {
  private network: Duplex | undefined = undefined
  private listener: SocketListener | undefined = undefined
  private ending = false
  private controlFrames = 0
  private controlSince = 0

  /** Begins to hear and to be heard. */
  begin(network: Duplex, accept: (socket: GatewaySocket) => SocketListener): void {
    this.network = network
    this.listener = accept(this)
  }

  /** Hears what `ws` tells by itself: a list of listeners for each socket would be the larger part of what we add to it. */
  override emit(event: string | symbol, ...told: unknown[]): boolean {
    switch (event) {
      case 'message':
        this.hear(told[0] as Buffer, told[1] as boolean)
        break
      case 'ping':
        this.control()
        this.answer(told[0] as Buffer)
        break
      case 'pong':
        this.control()
        break
      case 'close':
        this.ended(told[0] as number)
    }
    // of an error the close that follows says all there is to say
    return true
  }

  write(frame: OutFrame): void {
    if (this.readyState === WebSocket.OPEN) this.network?.write(frame.bytes)
  }

  writeAll(frames: readonly OutFrame[]): void {
    const { network } = this
    if (network === undefined || this.readyState !== WebSocket.OPEN) return
    network.cork()
    for (const frame of frames) network.write(frame.bytes)
    network.uncork()
  }

  bufferedBytes(): number {
    return this.network?.writableLength ?? 0
  }

  override close(code?: number, reason?: string | Buffer): void {
    // `ws` itself calls this, without a reason, when it cannot read: the gateway says why before the close (P-5)
    const isUnread = reason === undefined && (code === TOO_LARGE || UNREADABLE.has(code ?? 0))
    if (!this.ending && isUnread) {
      this.ending = true
      this.listener?.message('', code === TOO_LARGE ? Number.MAX_SAFE_INTEGER : 0)
    }
    this.ending = true
    super.close(code, reason)
  }

  private hear(bytes: Buffer, isBinary: boolean): void {
    // a binary frame is answered like one that cannot be read
    this.listener?.message(isBinary ? '' : bytes.toString(), bytes.length)
  }

  /** A ping of the peer is a sign of life like a pong. Who does not read what it asks for gets no more of it (I7). */
  private answer(ping: Buffer): void {
    const isOpen = this.readyState === WebSocket.OPEN
    if (isOpen && this.bufferedBytes() < PONG_BACKLOG_MAX_BYTES) this.pong(ping)
  }

  /** A sign of life. A peer that floods with them is ended: no client of ours needs more than a few. */
  private control(): void {
    const now = performance.now()
    if (now - this.controlSince > CONTROL_WINDOW_MS) {
      this.controlSince = now
      this.controlFrames = 0
    }
    this.controlFrames++
    if (this.controlFrames === CONTROL_FRAMES_MAX)
      this.close(CLOSE.policy, 'too many control frames')
    this.listener?.pong()
  }

  private ended(code: number): void {
    const { listener } = this
    this.listener = undefined
    listener?.closed(code)
  }
}
