import type { ErrorCode, Outcome } from '@tidings/protocol'
import { CODES } from '@tidings/protocol'

/** Who asks: a user whose token was checked, or the embedding platform itself (server key, `tidings.admin`). */
export type Actor = { readonly kind: 'user'; readonly userId: string } | { readonly kind: 'server' }

export const SERVER: Actor = Object.freeze({ kind: 'server' })

/** An operation was refused or failed: one of the codes of the protocol, with what was wrong. */
export class OperationError extends Error {
  override readonly name = 'OperationError'
  readonly retryAfterMs: number | undefined
  readonly outcome: Outcome
  constructor(
    readonly code: ErrorCode,
    message: string = CODES[code].message,
    details: {
      readonly retryAfterMs?: number
      readonly outcome?: Outcome
      readonly cause?: unknown
    } = {},
  ) {
    super(message, { cause: details.cause })
    this.retryAfterMs = details.retryAfterMs
    this.outcome = details.outcome ?? CODES[code].outcome
  }
}
