import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { CLOSE_RULES, CODES, isErrorCode } from '@tidings/protocol'
import { parseServerFrame } from '@tidings/protocol/schemas'
import { SILENT_REF } from '../generate/client-frames.js'
import { FrameReader } from '../wire/frame-reader.js'

export type Received = Record<string, unknown> & { readonly type: string }

/** Types of envelopes that answer something; the rest comes by itself. */
const ANSWERS = new Set([
  'error',
  'message.ack',
  'message.backfill',
  'channels.page',
  'receipts.page',
  'presence.snapshot',
  'pong',
  'auth.refreshed',
  'hello_ack',
])
const CLOSES = new Set(Object.keys(CLOSE_RULES).map(Number))
/** What no fuzzing client may read. */
const TREASURE = 'the treasure of the vault'

/** A client's end of a WebSocket that holds everything it hears against the protocol. */
export class FuzzConnection {
  /** Envelopes that answered something since `expect`. */
  answers = 0
  closeCode: number | undefined = undefined
  ended = false
  lastError: Received | undefined = undefined
  /** The first thing that was heard and may not be. */
  fault: string | undefined = undefined
  private upgraded = false
  private head: Buffer = Buffer.alloc(0)
  private wake: (() => void) | undefined
  private readonly reader = new FrameReader((opcode, payload) => this.frame(opcode, payload))

  private constructor(
    readonly socket: Socket,
    private readonly onAnswer: (answer: Received) => void,
  ) {
    socket.setNoDelay(true)
    socket.on('data', (bytes) => this.data(bytes))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.ended = true
      this.wake?.()
    })
  }

  static async open(
    port: number,
    token: string,
    onAnswer: (answer: Received) => void,
  ): Promise<FuzzConnection> {
    const connection = new FuzzConnection(connect(port, '127.0.0.1'), onAnswer)
    await once(connection.socket, 'connect')
    connection.socket.write(
      `GET /v1/ws?token=${encodeURIComponent(token)} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n` +
        `Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
        'Sec-WebSocket-Protocol: tidings.v1\r\n\r\n',
    )
    return connection
  }

  /** Resolves when so many answers have come, or the server has closed; false: in time neither did. */
  async settled(answers: number, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs
    while (this.answers < answers && !this.ended && this.closeCode === undefined) {
      const left = deadline - performance.now()
      if (left <= 0) return false
      await this.change(left)
    }
    return true
  }

  /** Resolves when the server has closed; false: it did not in time. */
  async closed(timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs
    while (!this.ended && this.closeCode === undefined) {
      const left = deadline - performance.now()
      if (left <= 0) return false
      await this.change(left)
    }
    return true
  }

  leave(): void {
    this.socket.resetAndDestroy()
  }

  private change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs)
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  private data(bytes: Buffer): void {
    try {
      this.reader.read(this.upgraded ? bytes : this.afterUpgrade(bytes))
    } catch (error) {
      this.fail(`what the server wrote cannot be read: ${error}`)
    }
    this.wake?.()
  }

  private afterUpgrade(bytes: Buffer): Buffer {
    this.head = Buffer.concat([this.head, bytes])
    const end = this.head.indexOf('\r\n\r\n')
    if (end < 0) return Buffer.alloc(0)
    const head = this.head.subarray(0, end).toString()
    if (!head.startsWith('HTTP/1.1 101 ')) this.fail(`the upgrade was refused: ${head}`)
    this.upgraded = true
    return this.head.subarray(end + 4)
  }

  private frame(opcode: number, payload: Buffer): void {
    if (opcode === 8) this.close(payload)
    if (opcode !== 1) return
    const text = payload.toString()
    if (text.includes(TREASURE)) this.fail('I8: what is in the vault was told')
    const envelopes = [JSON.parse(text)].flat() as Received[]
    for (const envelope of envelopes) this.envelope(envelope)
  }

  private envelope(envelope: Received): void {
    const parsed = parseServerFrame(envelope)
    if (!parsed.ok)
      this.fail(`${envelope.type}: ${parsed.message} ${JSON.stringify(envelope).slice(0, 500)}`)
    if (envelope.type === 'error') this.error(envelope)
    if (!ANSWERS.has(envelope.type)) return
    // what need not be answered is not waited for, and the parts of one answer are one
    const isPart = envelope.type === 'presence.snapshot' && envelope.has_more === true
    if (envelope.ref !== SILENT_REF && !isPart) this.answers++
    this.onAnswer(envelope)
  }

  private error(error: Received): void {
    this.lastError = error
    const { code, retryable, message } = error
    if (!isErrorCode(code)) this.fail(`an error of a code of no table: ${code}`)
    else if (CODES[code].http === null) this.fail(`an error of a code of the SDK: ${code}`)
    else if (CODES[code].retryable !== retryable) this.fail(`${code} with retryable ${retryable}`)
    if (code === 'internal') this.fail(`internal: ${message}`)
    const isDelay = code === 'rate_limited' || code === 'too_many_connections'
    if (isDelay && error.retry_after_ms === undefined) this.fail(`${code} without retry_after_ms`)
  }

  private close(payload: Buffer): void {
    this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005
  }

  /** Held against the rules once the server has closed by itself. */
  checkClose(): void {
    const { closeCode, lastError } = this
    if (closeCode === undefined) this.fail('the server went without a close')
    else if (!CLOSES.has(closeCode)) this.fail(`closed with ${closeCode}, which no rule knows`)
    // a flood of control frames is not answered, only ended
    else if (![1000, 1001, 4008].includes(closeCode) && lastError === undefined)
      this.fail(`closed with ${closeCode} without saying why`)
    else if (lastError !== undefined && closeCode !== 4400) {
      const expected = isErrorCode(lastError.code) ? CODES[lastError.code].close : null
      if (closeCode !== expected) this.fail(`closed with ${closeCode} after ${lastError.code}`)
    }
  }

  private fail(fault: string): void {
    this.fault ??= fault
  }
}
