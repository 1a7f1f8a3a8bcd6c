import type { ServerEnvironment } from '../../ports/environment.js'

const BASE_MS = 25

/** How long to wait after so many failures in a row: exponential, with half of it by chance. */
export function retryDelayMs(failures: number, maxMs: number, random: number): number {
  const ceiling = Math.min(maxMs, BASE_MS * 2 ** Math.min(failures, 16))
  return Math.ceil((ceiling * (1 + random)) / 2)
}

/** Resolves after the delay, or at once when the signal aborts. */
export function pause(
  environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer'>,
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
