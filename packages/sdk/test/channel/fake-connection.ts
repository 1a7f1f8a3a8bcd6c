import type { ClientFrame, ServerFrame, ServerFrames } from '@tidings/protocol'
import type { Connection, ConnectionEvents } from '../../src/connection/port.js'
import type { RequestOptions } from '../../src/connection/requests.js'
import { Emitter } from '../../src/emitter.js'
import { errorOfFrame, TidingsError } from '../../src/errors.js'
import type { Line } from './fake-server.js'

/** The connection as channels see it; answers are given by hand. */
export class FakeConnection implements Connection {
  canSend = false
  session = 0
  readonly #emitter = new Emitter<ConnectionEvents>()
  readonly #asked = new Set<(error: TidingsError) => void>()

  constructor(private readonly line: Line) {}

  serverNow(): number | undefined {
    return this.canSend ? this.line.environment.now() : undefined
  }

  send(): boolean {
    return this.canSend
  }

  on<E extends keyof ConnectionEvents>(event: E, listener: ConnectionEvents[E]): () => void {
    return this.#emitter.on(event, listener)
  }

  request(frame: ClientFrame, { signal, answered }: RequestOptions = {}): Promise<ServerFrame> {
    return new Promise((resolve, reject) => {
      if (!this.canSend) {
        reject(new TidingsError('unavailable', 'There is no connection.'))
        return
      }
      const end = (): void => {
        this.#asked.delete(fail)
        this.line.environment.clearTimer(timer)
        signal?.removeEventListener('abort', abort)
      }
      const fail = (error: TidingsError): void => {
        end()
        reject(error)
      }
      const abort = (): void => fail(new TidingsError('aborted', 'It was aborted.'))
      const timer = this.line.environment.setTimer(
        () => fail(new TidingsError('timeout', 'No answer.')),
        15_000,
      )
      this.#asked.add(fail)
      signal?.addEventListener('abort', abort)
      this.line.requests.push(frame)
      const answer = (answer: ServerFrame): void => {
        if (!this.#asked.has(fail)) return
        end()
        if (answer.type === 'error') {
          reject(errorOfFrame(answer))
          return
        }
        answered?.(answer)
        if (answer.type === 'channels.page') {
          this.#emitter.emit('frame', answer, this.session, true)
        }
        resolve(answer)
      }
      this.line.onRequest({ frame, answer, fail: (error) => this.#asked.has(fail) && fail(error) })
    })
  }

  connect(ack: ServerFrames['hello_ack']): void {
    this.session += 1
    this.canSend = true
    this.#emitter.emit('connected', ack, this.session)
  }

  disconnect(): void {
    if (!this.canSend) return
    this.canSend = false
    this.#emitter.emit('disconnected', this.session, 1006)
    for (const fail of [...this.#asked]) fail(new TidingsError('unavailable', 'It ended.'))
  }

  /** `late`: of a socket that drains, which is read though there is no connection. */
  receive(frame: ServerFrame, late = false): void {
    if (this.canSend || late) this.#emitter.emit('frame', frame, this.session, false)
  }
}
