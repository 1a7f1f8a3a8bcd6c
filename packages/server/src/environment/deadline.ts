import type { ServerEnvironment } from '../ports/environment.js'

/** Something was not there in time. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/** Rejects with DeadlineError when the promise takes longer; what it does afterwards is ignored. */
export async function withDeadline<T>(
  environment: ServerEnvironment,
  promise: Promise<T>,
  timeoutMs: number,
): Promise<T> {
  const { promise: first, resolve, reject } = Promise.withResolvers<T>()
  const timer = environment.setTimer(
    () => reject(new DeadlineError(`took longer than ${timeoutMs} ms`)),
    timeoutMs,
  )
  promise.then(resolve, reject)
  try {
    return await first
  } finally {
    environment.clearTimer(timer)
  }
}
