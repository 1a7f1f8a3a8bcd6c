import { check } from '../arguments.js'
import type { Environment } from '../environment/port.js'
import { abortedError, type TidingsError } from '../errors.js'
import { onAbort } from '../turn.js'
import { within } from './within.js'

export interface DrainOptions {
  /** Longest time to wait, in milliseconds. @default none */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Those who wait until the outbox is empty. */
export interface Drains {
  wait(options: DrainOptions): Promise<void>
  /** It is empty, or, with an error, will not be. */
  end(error?: TidingsError): void
}

export function createDrains(environment: Environment): Drains {
  const open = new Set<(error?: TidingsError) => void>()
  return {
    wait({ timeoutMs, signal }) {
      const isTime = timeoutMs === undefined || (typeof timeoutMs === 'number' && timeoutMs >= 0)
      check('timeoutMs', timeoutMs, isTime, 'a number of milliseconds from 0')
      let leave = (): void => {}
      const drained = new Promise<void>((resolve, reject) => {
        const end = (error?: TidingsError): void => (error ? reject(error) : resolve())
        const abort = (): void => end(abortedError())
        if (signal?.aborted) abort()
        const offAbort = onAbort(signal, abort)
        open.add(end)
        leave = () => {
          open.delete(end)
          offAbort()
        }
      })
      const bounded = timeoutMs === undefined ? drained : within(environment, timeoutMs, drained)
      return bounded.finally(leave)
    },
    end(error) {
      for (const end of open) end(error)
    },
  }
}
