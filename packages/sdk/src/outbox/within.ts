import type { Environment } from '../environment/port.js'
import { timeoutError } from '../errors.js'
import { MAX_TIMER_MS } from '../limits.js'

/**
 * The promise, or a rejection with `timeout` after `timeoutMs`. The time is counted in two halves:
 * when a machine wakes up, a timer fires before the answer that came meanwhile is looked at.
 */
export function within<T>(environment: Environment, timeoutMs: number, promise: Promise<T>) {
  return new Promise<T>((resolve, reject) => {
    const half = (then: () => void): unknown =>
      environment.setTimer(then, Math.min(timeoutMs / 2, MAX_TIMER_MS))
    let timer = half(() => {
      timer = half(() => reject(timeoutError('end', timeoutMs)))
    })
    promise.then(resolve, reject).finally(() => environment.clearTimer(timer))
  })
}
