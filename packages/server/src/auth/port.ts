/** Who a token speaks for. The user id is opaque: an embedder brings its own. */
export interface Identity {
  readonly userId: string
  /** Shown where the directory knows no other name. */
  readonly name?: string
  /** Unix milliseconds; left out: the token does not expire. */
  readonly expiresAt?: number
  /** The token's own id, for revocation. */
  readonly tokenId?: string
}

/** Turns a token into an identity. Rejects with AuthError; anything else counts as one that is `unavailable`. */
export interface Authenticator {
  authenticate(token: string): Promise<Identity>
  /** Looks anew at the next token of this user. Left out where nothing is remembered. */
  forget?(userId: string): void
}

/**
 * Why somebody is not let in: what is wrong with the token, or `unavailable`, nobody can tell now. The message and the
 * cause of the latter are logged, and clients keep their token and try again.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  constructor(
    readonly code: 'unauthorized' | 'token_expired' | 'forbidden' | 'unavailable',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause })
  }
}
