import type { ServerEnvironment } from '../ports/environment.js'

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
