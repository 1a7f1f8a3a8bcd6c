import { errors, types } from 'cassandra-driver'
import { StoreUnavailable } from '../../../ports/message-store.js'

const { responseErrorCodes: CODES } = types

/** A request that no node takes because of its size: done in parts it may pass (R6). */
export class TooBig extends StoreUnavailable {}

/** Nodes answered that too few of them are there: nothing was done, and a weaker question may be answered. */
export class TooFewNodes extends StoreUnavailable {}

/** Codes of answers after which a write has not happened. */
const NOT_DONE: readonly number[] = [
  CODES.unavailableException,
  CODES.overloaded,
  CODES.isBootstrapping,
]
const TOO_FEW: readonly number[] = [
  CODES.unavailableException,
  CODES.readTimeout,
  CODES.readFailure,
]

/**
 * A driver's error in the words of the port. Whatever it was, the same may be asked again, and a write is written
 * again, identical: who timed out or lost its socket may have written (R2).
 */
export function storeError(error: unknown): StoreUnavailable {
  if (error instanceof StoreUnavailable) return error
  const known = innerMost(error)
  // the driver tells of an inner error by its stack
  const [reason = ''] = (known instanceof Error ? known.message : String(known)).split('\n')
  const cause = { cause: error }
  if (known instanceof errors.ResponseError) {
    const { code } = known
    if (code === CODES.invalid && /too (big|large)|oversized/i.test(reason)) {
      return new TooBig(`Cassandra refuses a request of this size: ${reason}`, cause)
    }
    const message = `Cassandra answered with error ${code}, ${outcome(code)}: ${reason}`
    return TOO_FEW.includes(code)
      ? new TooFewNodes(message, cause)
      : new StoreUnavailable(message, cause)
  }
  if (known instanceof errors.OperationTimedOutError) {
    return new TooFewNodes(`Cassandra did not answer in time, ${UNKNOWN}: ${reason}`, cause)
  }
  if (known instanceof errors.NoHostAvailableError) {
    return new StoreUnavailable(
      `No node of Cassandra can be reached, nothing was done: ${reason}`,
      cause,
    )
  }
  return new StoreUnavailable(`Cassandra could not be asked, ${UNKNOWN}: ${reason}`, cause)
}

const UNKNOWN = 'and nobody knows whether it was done'
const outcome = (code: number): string =>
  NOT_DONE.includes(code) || isRefused(code) ? 'nothing was done' : UNKNOWN

/** Wrong or forbidden, and so never begun. */
const isRefused = (code: number): boolean => code >= CODES.syntaxError && code <= CODES.unprepared

/** When every host was tried, the driver hides what they said: the last of it tells most. */
function innerMost(error: unknown): unknown {
  if (!(error instanceof errors.NoHostAvailableError)) return error
  const inner = Object.values((error.innerErrors ?? {}) as Record<string, unknown>)
  return inner.find((one) => one instanceof errors.ResponseError) ?? error
}
