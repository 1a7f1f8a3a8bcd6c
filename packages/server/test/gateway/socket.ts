import type { GatewaySocket, OutFrame, SocketListener } from '../../src/ports/socket.js'

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever an envelope holds
export type Received = any

/** A socket that notes what is written to it, and whose network a test can hold up. */
export class FakeSocket implements GatewaySocket {
  readonly frames: OutFrame[] = []
  writes = 0
  pings = 0
  /** Bytes that the network has not taken. */
  buffered = 0
  /** False: the network takes nothing, so what is written stays buffered. */
  reading = true
  closedWith: number | undefined
  terminated = false
  /** True: the peer answers a close at once. */
  answersClose = true
  listener: SocketListener | undefined

  write(frame: OutFrame): void {
    this.writeAll([frame])
  }

  writeAll(frames: readonly OutFrame[]): void {
    if (this.closedWith !== undefined) throw new Error('written after the close')
    this.writes++
    this.frames.push(...frames)
    if (!this.reading) for (const frame of frames) this.buffered += frame.bytes.length
  }

  bufferedBytes(): number {
    return this.buffered
  }

  ping(): void {
    this.pings++
  }

  close(code: number): void {
    if (this.closedWith !== undefined) throw new Error('closed twice')
    this.closedWith = code
    if (this.answersClose) queueMicrotask(() => this.end(code))
  }

  terminate(): void {
    this.terminated = true
    queueMicrotask(() => this.end(1006))
  }

  /** The socket is gone. */
  end(code = 1006): void {
    const { listener } = this
    this.listener = undefined
    listener?.closed(code)
  }

  /** Sends what a client would. */
  say(envelope: object | string): void {
    const text = typeof envelope === 'string' ? envelope : JSON.stringify(envelope)
    this.listener?.message(text, Buffer.byteLength(text))
  }

  /** All envelopes so far, or of one type. */
  received(type?: string): Received[] {
    const envelopes = this.frames.flatMap(({ text }) => [JSON.parse(text)].flat())
    return type === undefined ? envelopes : envelopes.filter((envelope) => envelope.type === type)
  }

  /** All envelopes since the last call. */
  take(): Received[] {
    const fresh = this.received().slice(this.taken)
    this.taken += fresh.length
    return fresh
  }
  private taken = 0
}
