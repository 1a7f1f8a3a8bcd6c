import type { ServerEnvironment } from '../ports/environment.js'

const BASE_MS = 50
const MAX_MS = 5_000

/** How long to wait after the given number of failures in a row: exponential, with full jitter. */
export function backOffMs(failures: number, random: number): number {
  const ceiling = Math.min(MAX_MS, BASE_MS * 2 ** Math.min(failures, 16))
  return Math.ceil(random * ceiling)
}

/** Resolves after the delay, or at once when the signal aborts. */
export function pause(
  environment: ServerEnvironment,
  delayMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve()
      return
    }
    const done = () => {
      environment.clearTimer(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = environment.setTimer(done, delayMs)
    signal.addEventListener('abort', done)
  })
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
