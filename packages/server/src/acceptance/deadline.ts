import type { ServerEnvironment } from '../ports/environment.js'

/** Rejects when the promise takes longer; what it does afterwards is ignored. */
export async function withDeadline<T>(
  environment: ServerEnvironment,
  promise: Promise<T>,
  timeoutMs: number,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = environment.setTimer(
    () => reject(new Error(`took longer than ${timeoutMs} ms`)),
    timeoutMs,
  )
  try {
    return await Promise.race([promise, late])
  } finally {
    environment.clearTimer(timer)
  }
}
