import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** Every benchmark message's text begins with this; occurrences in what a server writes are deliveries. */
export const MARKER = '@tick@'

export interface LoadSocketOptions {
  readonly port: number
  readonly path: string
  readonly protocols?: readonly string[]
  /** What is counted. @default MARKER */
  readonly marker?: string
}

/**
 * The cheapest WebSocket client that is still correct for counting: what a server writes is not masked, so
 * deliveries are counted in the raw stream without parsing frames. The same for every peer.
 */
export class LoadSocket {
  received = 0
  bytes = 0
  private tail: Buffer = Buffer.alloc(0)
  private watcher: ((chunk: string) => boolean) | undefined
  /** What came while nobody waited: a greeting may share a packet with the answer before it. */
  private unread = ''

  /** Called after each chunk in which something was counted. */
  onCount: (() => void) | undefined

  private constructor(
    private readonly socket: Socket,
    private readonly marker: Buffer,
  ) {
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.count(chunk))
  }

  static async open({
    port,
    path,
    protocols,
    marker = MARKER,
  }: LoadSocketOptions): Promise<LoadSocket> {
    const socket = connect(port, '127.0.0.1')
    const opened = new LoadSocket(socket, Buffer.from(marker))
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('connect', () => {
        opened
          .waitFor((text) => text.includes('\r\n\r\n'))
          .then((head) => {
            if (head.startsWith('HTTP/1.1 101')) resolve()
            else reject(new Error(`the upgrade was refused: ${head.slice(0, 200)}`))
          }, reject)
        const offered =
          protocols === undefined ? '' : `Sec-WebSocket-Protocol: ${protocols.join(', ')}\r\n`
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\n${offered}\r\n`,
        )
      })
    })
    socket.on('error', () => undefined)
    return opened
  }

  private count(chunk: Buffer): void {
    const { marker, received } = this
    this.bytes += chunk.length
    const data = this.tail.length === 0 ? chunk : Buffer.concat([this.tail, chunk])
    let from = 0
    for (;;) {
      const found = data.indexOf(marker, from)
      if (found === -1) break
      this.received++
      from = found + marker.length
    }
    this.tail = data.subarray(Math.max(from, data.length - marker.length + 1))
    if (this.received > received) this.onCount?.()
    if (this.watcher?.(chunk.toString('latin1'))) this.watcher = undefined
    else if (this.watcher === undefined && this.received === 0)
      this.unread += chunk.toString('latin1')
  }

  /** Resolves with all text that came, once it satisfies `done`. */
  waitFor(done: (text: string) => boolean, timeoutMs = 30_000): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = this.unread
      this.unread = ''
      if (done(text)) {
        resolve(text)
        return
      }
      const timer = setTimeout(
        () => reject(new Error(`nothing fitting came: ${text.slice(0, 300)}`)),
        timeoutMs,
      )
      this.watcher = (chunk) => {
        text += chunk
        if (!done(text)) return false
        clearTimeout(timer)
        resolve(text)
        const head = text.indexOf('\r\n\r\n')
        // an HTTP head is taken by itself; frames behind it are still to be read
        if (head !== -1) this.unread = text.slice(head + 4)
        return true
      }
    })
  }

  /** Sends one masked text frame; the mask is zero, which is valid and costs nothing. */
  send(text: string): void {
    const payload = Buffer.from(text)
    const long = payload.length > 125
    const header = Buffer.alloc(long ? 8 : 6)
    header[0] = 0x81
    if (payload.length > 65_535) throw new RangeError('a benchmark frame is small')
    header[1] = 0x80 | (long ? 126 : payload.length)
    if (long) header.writeUInt16BE(payload.length, 2)
    this.socket.write(Buffer.concat([header, payload]))
  }

  close(): void {
    this.socket.destroy()
  }
}
