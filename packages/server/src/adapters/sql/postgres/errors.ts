import { DatabaseError } from 'pg'
import { SqlConstraint, SqlContention, SqlDataError, SqlUnavailable } from '../driver.js'

/** Lost against another transaction: a serialization failure, a deadlock. */
const CONTENTION: ReadonlySet<string> = new Set(['40001', '40P01'])

/** What follows the end of a transaction that has failed already: the first failure says why. */
export const IN_FAILED_TRANSACTION = '25P02'

/** Says nothing of the statement: the server goes down, or is not the one that may write. */
const CONNECTION_OVER: ReadonlySet<string> = new Set([
  '25006',
  '25P03',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
])

/**
 * An error of `pg` as a driver's. What the server refused was not done; what broke with the connection may have
 * been.
 */
export function sqlErrorOf(error: unknown): Error {
  if (!(error instanceof DatabaseError)) {
    const reason = error instanceof Error ? error.message : String(error)
    return new SqlUnavailable(`PostgreSQL is away: ${reason}`, { cause: error })
  }
  const { code = '', message } = error
  if (CONTENTION.has(code)) return new SqlContention(message, { cause: error })
  if (code.startsWith('23')) return new SqlConstraint(message, { cause: error })
  const reason = `PostgreSQL refuses (${code}): ${message}`
  // class 22, data exception: the same again is refused again
  if (code.startsWith('22')) return new SqlDataError(reason, { cause: error })
  return new SqlUnavailable(reason, { cause: error })
}

/** True when nothing more can come of the connection. */
export const endsConnection = (error: unknown): boolean =>
  !(error instanceof DatabaseError) ||
  CONNECTION_OVER.has(error.code ?? '') ||
  (error.code ?? '').startsWith('08')
