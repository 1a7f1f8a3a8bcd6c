import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { until } from './wait.js'

/** A network connection on which a test says whatever it likes. */
export class RawConnection {
  private readonly chunks: Buffer[] = []
  /** Whether the other side ended it. */
  ended = false

  private constructor(readonly socket: Socket) {
    socket.on('data', (bytes) => this.chunks.push(bytes))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.ended = true
    })
  }

  static async open(port: number): Promise<RawConnection> {
    const connection = new RawConnection(connect(port, '127.0.0.1'))
    await once(connection.socket, 'connect')
    return connection
  }

  /** After the upgrade, as a client that offers `tidings.v1`. */
  static async upgraded(port: number, more: UpgradeOptions = {}): Promise<RawConnection> {
    const connection = await RawConnection.open(port)
    connection.write(upgradeRequest(more))
    await until('the upgrade is answered', () => connection.text.includes('\r\n\r\n'))
    return connection
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data)
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks)
  }

  get text(): string {
    return this.bytes.toString('latin1')
  }

  /** What the server said after the upgrade. */
  get frames(): readonly RawFrame[] {
    return framesIn(this.bytes.subarray(this.bytes.indexOf('\r\n\r\n') + 4))
  }

  /** The envelopes that the server sent. */
  get envelopes(): readonly Record<string, unknown>[] {
    return this.frames
      .filter(({ opcode }) => opcode === 1)
      .flatMap(({ payload }) => [JSON.parse(payload.toString())].flat())
  }

  /** The code of the server's close frame. */
  get closeCode(): number | undefined {
    const close = this.frames.find(({ opcode }) => opcode === 8)
    return close === undefined ? undefined : close.payload.readUInt16BE(0)
  }

  /** Resolves to the status and the JSON body of the only answer, when the server has ended the connection. */
  async httpAnswer(): Promise<{ status: number; head: string; body: HttpBody }> {
    await until('the connection is ended', () => this.ended)
    const [head = '', body = ''] = this.bytes.toString().split('\r\n\r\n', 2)
    return {
      status: Number(head.split(' ')[1]),
      head,
      body: body === '' ? undefined : JSON.parse(body),
    }
  }

  /** Leaves without a word: the server gets a reset. */
  reset(): void {
    this.socket.resetAndDestroy()
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests read whatever was answered
export type HttpBody = any

export interface UpgradeOptions {
  readonly path?: string
  readonly token?: string
  readonly protocols?: string
  /** More header lines, each with its line end. */
  readonly headers?: string
}

export function upgradeRequest(options: UpgradeOptions = {}): string {
  const { path = '/v1/ws', token, protocols = 'tidings.v1', headers = '' } = options
  const query = token === undefined ? '' : `?token=${encodeURIComponent(token)}`
  return [
    `GET ${path}${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n`,
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n`,
    protocols === '' ? '' : `Sec-WebSocket-Protocol: ${protocols}\r\n`,
    `${headers}\r\n`,
  ].join('')
}

export interface RawFrame {
  readonly fin: boolean
  readonly opcode: number
  readonly payload: Buffer
}

export interface FrameOptions {
  readonly opcode?: number
  readonly fin?: boolean
  readonly masked?: boolean
  /** Reserved bits, 0 to 7. */
  readonly reserved?: number
  /** What the header says, where that is not the truth. */
  readonly statedLength?: number
}

/** One WebSocket frame of a client, well made unless told otherwise. */
export function frame(payload: string | Uint8Array, options: FrameOptions = {}): Buffer {
  const { opcode = 1, fin = true, masked = true, reserved = 0 } = options
  const data = Buffer.from(payload)
  const length = options.statedLength ?? data.length
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const bit = masked ? 0x80 : 0
  const header =
    length < 126
      ? Buffer.from([first, bit | length])
      : length < 65_536
        ? Buffer.from([first, bit | 126, length >> 8, length & 255])
        : Buffer.concat([Buffer.from([first, bit | 127]), eightBytes(length)])
  if (!masked) return Buffer.concat([header, data])
  const mask = randomBytes(4)
  const hidden = data.map((byte, i) => byte ^ (mask[i % 4] ?? 0))
  return Buffer.concat([header, mask, hidden])
}

export const jsonFrame = (envelope: object): Buffer => frame(JSON.stringify(envelope))

function eightBytes(length: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(length))
  return bytes
}

/** The whole frames of a server at the beginning of these bytes. */
function framesIn(bytes: Buffer): readonly RawFrame[] {
  const frames: RawFrame[] = []
  let at = 0
  for (;;) {
    const [first, second] = [bytes[at], bytes[at + 1]]
    if (first === undefined || second === undefined) return frames
    const short = second & 0x7f
    const size = short === 126 ? 2 : short === 127 ? 8 : 0
    if (bytes.length < at + 2 + size) return frames
    const length =
      size === 0
        ? short
        : size === 2
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2))
    const begin = at + 2 + size
    if (bytes.length < begin + length) return frames
    frames.push({
      fin: (first & 0x80) !== 0,
      opcode: first & 0x0f,
      payload: bytes.subarray(begin, begin + length),
    })
    at = begin + length
  }
}
