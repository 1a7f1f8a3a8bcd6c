import type { ClientFrame, Outcome, ServerFrame } from '@tidings/protocol'
import type { Environment } from '../environment/port.js'
import { abortedError, closedError, errorOfFrame, TidingsError, timeoutError } from '../errors.js'
import { onAbort } from '../turn.js'

/** How long a request waits for its answer, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 15_000

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** @default 15 000 */
  readonly timeoutMs?: number | undefined
  /** Gets the answer before what came behind it is handed on, for which the promise is too late. */
  readonly answered?: ((answer: ServerFrame) => void) | undefined
}

/** Requests of one connection that wait for the frame that echoes their `ref`. */
export interface Requests {
  request(frame: ClientFrame, options?: RequestOptions): Promise<ServerFrame>
  /** True if the frame was the answer to a request. */
  answer(frame: ServerFrame): boolean
  /** The socket ended: nothing that was asked on it will be answered. */
  rejectAll(): void
}

export function createRequests(
  environment: Environment,
  send: (frame: ClientFrame) => boolean,
  isClosed: () => boolean,
): Requests {
  /** How each request that waits is ended. */
  const pending = new Map<string, (error: TidingsError | undefined, answer?: ServerFrame) => void>()
  let count = 0
  const gone = (message: string, outcome?: Outcome): TidingsError =>
    isClosed() ? closedError() : new TidingsError('unavailable', message, { outcome })

  return {
    request: (frame, { signal, timeoutMs = REQUEST_TIMEOUT_MS, answered } = {}) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) throw abortedError()
        const ref = String(++count)
        if (!send({ ...frame, ref })) {
          throw gone('There is no connection.', 'not_sent')
        }
        const offAbort = onAbort(signal, () => pending.get(ref)?.(abortedError('unknown')))
        const timer = environment.setTimer(
          () => pending.get(ref)?.(timeoutError('answer', timeoutMs)),
          timeoutMs,
        )
        pending.set(ref, (error, answer) => {
          pending.delete(ref)
          environment.clearTimer(timer)
          offAbort()
          if (!answer) return reject(error)
          try {
            answered?.(answer)
            resolve(answer)
          } catch (cause) {
            reject(cause)
          }
        })
      }),

    answer(frame) {
      const end = pending.get((frame as { ref?: string }).ref ?? '')
      if (frame.type === 'error') end?.(errorOfFrame(frame))
      else end?.(undefined, frame)
      return end !== undefined
    },

    rejectAll() {
      for (const end of [...pending.values()]) {
        end(gone('The connection ended.'))
      }
    },
  }
}
