import { AuthError, type Identity } from '../auth/port.js'
import type { Refusal } from './admission.js'
import type { GatewayParts } from './parts.js'

export type Authenticated =
  | { readonly ok: true; readonly identity: Identity }
  | { readonly ok: false; readonly refusal: Refusal }

/** From a token to a user, with every reason why not as one of the table's codes. Never rejects. */
export class Authentication {
  constructor(
    private readonly parts: Pick<
      GatewayParts,
      'authenticator' | 'revocation' | 'environment' | 'onError'
    >,
  ) {}

  async check(token: string | undefined): Promise<Authenticated> {
    if (token === undefined || token === '') {
      return refuse({ code: 'unauthorized', message: 'A token is missing.' })
    }
    const { authenticator, revocation, environment } = this.parts
    try {
      const identity = await authenticator.authenticate(token)
      if (identity.expiresAt !== undefined && identity.expiresAt <= environment.now()) {
        return refuse({ code: 'token_expired' })
      }
      if (identity.tokenId !== undefined && (await revocation.isRevoked(identity.tokenId))) {
        return refuse({ code: 'unauthorized', message: 'The token was revoked.' })
      }
      return { ok: true, identity }
    } catch (error) {
      if (error instanceof AuthError) return refuse({ code: error.code })
      this.parts.onError?.(error, 'authenticating')
      return refuse({ code: 'unavailable', retryAfterMs: 1_000 })
    }
  }
}

const refuse = (refusal: Refusal): Authenticated => ({ ok: false, refusal })
