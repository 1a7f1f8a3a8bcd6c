import { AuthError } from '../auth/port.js'
import { DirectoryError } from '../ports/directory.js'
import { StoreUnavailable } from '../ports/message-store.js'
import { OperationError } from './actor.js'

const RETRY_AFTER_MS = 1_000

/** What a dependency refused or could not do, as the one kind of error; undefined for what nobody foresaw. */
export function operationErrorOf(error: unknown): OperationError | undefined {
  if (error instanceof OperationError) return error
  if (error instanceof DirectoryError || error instanceof AuthError)
    return new OperationError(error.code, error.message, {
      cause: error,
      ...(error.code === 'unavailable' && { retryAfterMs: RETRY_AFTER_MS }),
    })
  if (error instanceof StoreUnavailable)
    return new OperationError('unavailable', undefined, {
      retryAfterMs: RETRY_AFTER_MS,
      cause: error,
    })
  return undefined
}

/** The same operations; whatever they reject with is an OperationError, `internal` where nobody foresaw it. */
export function inOneForm<T extends object>(operations: T): T {
  const told = Object.entries(operations).map(([name, run]) => [
    name,
    async (...given: unknown[]) => {
      try {
        return await run(...given)
      } catch (error) {
        throw operationErrorOf(error) ?? new OperationError('internal', undefined, { cause: error })
      }
    },
  ])
  return Object.fromEntries(told) as T
}
