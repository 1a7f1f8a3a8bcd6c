import type { ErrorCode, Outcome } from '@tidings/protocol'
import { errorRow } from './error-table.js'

export type { ErrorCode, Outcome }

export interface TidingsErrorOptions {
  readonly outcome?: Outcome | undefined
  readonly retryable?: boolean | undefined
  /** In milliseconds. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/**
 * The one error of the SDK. `code` is one of the protocol's table (a newer server may know more);
 * what is not given is taken from the code's row there.
 */
export class TidingsError extends Error {
  override readonly name = 'TidingsError'
  readonly code: ErrorCode | (string & {})
  /** What became of the command: it never left, the server refused it, or nobody knows. */
  readonly outcome: Outcome
  /** True if the same request may succeed later without being changed. */
  readonly retryable: boolean
  /** How long to wait before trying again, in milliseconds, where the server said so. */
  declare readonly retryAfterMs?: number
  /** One sentence: what to do about it. */
  readonly remediation: string
  /** True in an error made by `stop()`. */
  declare readonly stopsRetrying?: true

  constructor(
    code: ErrorCode | (string & {}),
    message: string,
    { outcome, retryable, retryAfterMs, cause }: TidingsErrorOptions = {},
  ) {
    super(`[${code}] ${message}`, cause === undefined ? undefined : { cause })
    const row = errorRow(code)
    this.code = code
    this.outcome = outcome ?? row.outcome
    this.retryable = retryable ?? row.retryable
    this.remediation = row.remediation
    if (retryAfterMs !== undefined) this.retryAfterMs = retryAfterMs
  }

  /** Any thrown value as a TidingsError: itself if it is one, else wrapped with it as `cause`. */
  static from(value: unknown, code: ErrorCode = 'internal'): TidingsError {
    if (value instanceof TidingsError) return value
    const { name, message } = (value ?? {}) as { name?: unknown; message?: unknown }
    const text = typeof message === 'string' ? message : String(value)
    return new TidingsError(name === 'AbortError' ? 'aborted' : code, text, { cause: value })
  }

  /** True also for the error of another copy of this package: bundles often hold two. */
  static override [Symbol.hasInstance](value: unknown): value is TidingsError {
    return (value as { name?: unknown } | null | undefined)?.name === 'TidingsError'
  }
}

/**
 * Made for `getToken` to throw: this user cannot connect any more, do not ask again. The client
 * closes with this error as its reason.
 */
export function stop(reason: string): TidingsError {
  return Object.assign(new TidingsError('unauthorized', reason), { stopsRetrying: true as const })
}

/** The error that an `error` frame of the server states. */
export function errorOfFrame(frame: {
  readonly code: string
  readonly message: string
  readonly outcome?: Outcome | undefined
  readonly retryable?: boolean | undefined
  readonly retry_after_ms?: number | undefined
}): TidingsError {
  const { code, message, outcome, retryable, retry_after_ms: retryAfterMs } = frame
  return new TidingsError(code, message, { outcome, retryable, retryAfterMs })
}

export const invalidArgument = (message: string): TidingsError =>
  new TidingsError('invalid_argument', message)

/** The caller gave up; by default before anything was sent. */
export const abortedError = (outcome?: Outcome): TidingsError =>
  new TidingsError('aborted', 'It was aborted.', { outcome })

export const closedError = (): TidingsError => new TidingsError('closed', 'The client is closed.')

export const timeoutError = (awaited: string, timeoutMs: number): TidingsError =>
  new TidingsError('timeout', `No ${awaited} within ${timeoutMs} ms.`)
