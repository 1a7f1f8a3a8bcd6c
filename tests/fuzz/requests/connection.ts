import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { RequestAttempt } from '../generate/requests.js'
import { type HttpAnswer, HttpReader } from '../wire/http-reader.js'

/** A client's end of a connection on which requests follow each other without waiting. */
export class HttpConnection {
  ended = false
  fault: string | undefined = undefined
  private waiting: RequestAttempt[] = []
  private wake: (() => void) | undefined
  private readonly reader = new HttpReader(
    () => this.waiting[0]?.method === 'HEAD',
    (answer) => this.answered(answer),
  )

  private constructor(
    readonly socket: Socket,
    private readonly onAnswer: (attempt: RequestAttempt, answer: HttpAnswer) => void,
  ) {
    socket.setNoDelay(true)
    socket.on('data', (bytes) => {
      try {
        this.reader.read(bytes)
      } catch (error) {
        this.fault ??= String(error)
      }
      this.wake?.()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.ended = true
      this.wake?.()
    })
  }

  static async open(
    port: number,
    onAnswer: (attempt: RequestAttempt, answer: HttpAnswer) => void,
  ): Promise<HttpConnection> {
    const connection = new HttpConnection(connect(port, '127.0.0.1'), onAnswer)
    await once(connection.socket, 'connect')
    return connection
  }

  say(attempts: readonly RequestAttempt[]): void {
    this.waiting.push(...attempts)
    this.socket.write(Buffer.concat(attempts.map(({ bytes }) => bytes)))
  }

  get unanswered(): readonly RequestAttempt[] {
    return this.waiting
  }

  /** Resolves when everything is answered or the connection has ended; false: in time neither happened. */
  async settled(timeoutMs: number): Promise<boolean> {
    return this.until(() => this.waiting.length === 0, timeoutMs)
  }

  /** Resolves when the server has ended the connection; false: it did not in time. */
  async closed(timeoutMs: number): Promise<boolean> {
    return this.until(() => false, timeoutMs)
  }

  leave(): void {
    this.socket.resetAndDestroy()
  }

  private async until(done: () => boolean, timeoutMs: number): Promise<boolean> {
    const deadline = performance.now() + timeoutMs
    while (!done() && !this.ended && this.fault === undefined) {
      const left = deadline - performance.now()
      if (left <= 0) return false
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    return true
  }

  private answered(answer: HttpAnswer): void {
    const attempt = this.waiting.shift()
    if (attempt === undefined) this.fault ??= `an answer ${answer.status} to nothing`
    else this.onAnswer(attempt, answer)
  }
}
