import { DatabaseError } from 'pg'

/** Why a server cannot be used as it is: one sentence with the remedy. */
export class PostgresUnusable extends Error {
  override readonly name = 'PostgresUnusable'
  constructor(
    readonly reason:
      | 'unreachable'
      | 'refused'
      | 'version'
      | 'unsafe'
      | 'newer'
      | 'busy'
      | 'misconfigured',
    /** The option that has to do with it, as `PostgresOptions` names it. */
    readonly option: 'url' | 'schema' | 'allowUnsafe' | 'startTimeoutMs',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause })
  }
}

/** Of a password that is missing, or a certificate that is not trusted. */
const NO_AGREEMENT = /SASL|SSL|TLS|CERT|VERIFY/i

/** Waiting helps: the server is not there yet, starts, or is full for the moment. */
export function mayComeUp(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) {
    const { code = '', message = '' } = error as { code?: string; message?: string }
    return !NO_AGREEMENT.test(`${code} ${message}`)
  }
  const code = error.code ?? ''
  return code.startsWith('57P') || code.startsWith('53') || code.startsWith('08')
}

/** Where a server is, without anything secret. */
export function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}:${port || '5432'}${pathname}`
}

export const notReached = (url: string, waitedMs: number, error: unknown): PostgresUnusable =>
  new PostgresUnusable(
    'unreachable',
    'url',
    `PostgreSQL at ${placeOf(url)} cannot be reached within ${waitedMs} ms (${reasonOf(error)}): start it, or correct the address.`,
    error,
  )

export const refused = (url: string, error: unknown): PostgresUnusable =>
  new PostgresUnusable(
    'refused',
    'url',
    `PostgreSQL at ${placeOf(url)} refuses (${reasonOf(error)}): correct the user, the password, the database or sslmode, or grant the user what is missing.`,
    error,
  )

/** Errors of several addresses come as one without a message. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join(', ')
  return error instanceof Error ? error.message : String(error)
}
