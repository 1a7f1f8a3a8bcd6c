import { notAdmitted } from '../auth/admission.js'
import { AuthError, type Identity } from '../auth/port.js'
import { withDeadline } from '../environment/deadline.js'
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
    private readonly timeoutMs: number,
  ) {}

  /** For where nothing else ends the waiting. */
  async checkInTime(token: string | undefined): Promise<Authenticated> {
    const { environment, onError } = this.parts
    try {
      return await withDeadline(environment, this.check(token), this.timeoutMs)
    } catch (error) {
      onError?.(error, 'authenticating')
      return refuse({ code: 'unavailable', retryAfterMs: 1_000 })
    }
  }

  async check(token: string | undefined): Promise<Authenticated> {
    if (token === undefined || token === '') {
      return refuse({ code: 'unauthorized', message: 'A token is missing.' })
    }
    const { authenticator, revocation, environment } = this.parts
    try {
      const identity = await authenticator.authenticate(token)
      const refusal = await notAdmitted(identity, revocation, environment.now())
      return refusal === undefined ? { ok: true, identity } : refuse(refusal)
    } catch (error) {
      if (error instanceof AuthError && error.code !== 'unavailable') {
        return refuse({ code: error.code })
      }
      this.parts.onError?.(error, 'authenticating')
      return refuse({ code: 'unavailable', retryAfterMs: 1_000 })
    }
  }
}

const refuse = (refusal: Refusal): Authenticated => ({ ok: false, refusal })
