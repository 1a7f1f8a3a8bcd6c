import type { ClientFrame, ServerFrame } from '@tidings/protocol'
import type { Environment } from '../environment/port.js'
import { errorOfFrame, TidingsError } from '../errors.js'

/** How long a request waits for its answer, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 15_000

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** @default 15 000 */
  readonly timeoutMs?: number | undefined
}

interface Pending {
  readonly resolve: (frame: ServerFrame) => void
  readonly reject: (error: TidingsError) => void
}

/** Requests of one connection that wait for the frame that echoes their `ref`. */
export class Requests {
  readonly #pending = new Map<string, Pending>()
  #count = 0

  constructor(
    private readonly environment: Environment,
    private readonly send: (frame: ClientFrame) => boolean,
  ) {}

  request(frame: ClientFrame, options: RequestOptions = {}): Promise<ServerFrame> {
    const { signal, timeoutMs = REQUEST_TIMEOUT_MS } = options
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(new TidingsError('aborted', 'It was aborted before it was sent.'))
        return
      }
      const ref = String(++this.#count)
      if (!this.send({ ...frame, ref })) {
        reject(new TidingsError('unavailable', 'There is no connection.', { outcome: 'not_sent' }))
        return
      }
      const fail = (code: 'timeout' | 'aborted', text: string) => (): void =>
        this.#end(ref)?.reject(new TidingsError(code, text, { outcome: 'unknown' }))
      const abort = fail('aborted', 'It was aborted.')
      const timer = this.environment.setTimer(
        fail('timeout', `No answer came within ${timeoutMs} ms.`),
        timeoutMs,
      )
      const settle = (): void => {
        this.environment.clearTimer(timer)
        signal?.removeEventListener('abort', abort)
      }
      signal?.addEventListener('abort', abort)
      this.#pending.set(ref, {
        resolve: (answer) => {
          settle()
          resolve(answer)
        },
        reject: (error) => {
          settle()
          reject(error)
        },
      })
    })
  }

  /** True if the frame was the answer to a request. */
  answer(frame: ServerFrame): boolean {
    const pending = 'ref' in frame && frame.ref !== undefined ? this.#end(frame.ref) : undefined
    if (pending === undefined) return false
    if (frame.type === 'error') pending.reject(errorOfFrame(frame))
    else pending.resolve(frame)
    return true
  }

  /** The socket ended: nothing that was asked on it will be answered. */
  rejectAll(): void {
    for (const ref of [...this.#pending.keys()]) {
      this.#end(ref)?.reject(new TidingsError('unavailable', 'The connection ended.'))
    }
  }

  #end(ref: string): Pending | undefined {
    const pending = this.#pending.get(ref)
    this.#pending.delete(ref)
    return pending
  }
}
