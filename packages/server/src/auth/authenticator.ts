import { isId } from '@tidings/protocol'
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { isLongEnough, LONG_ENOUGH } from '../config/secret.js'
import { PLATFORM_USER_ID } from '../directory/decisions.js'
import { isNetworkTrouble } from './network-trouble.js'
import { AuthError, type Authenticator, type Identity } from './port.js'

/** As over REST. */
const NAME_MAX_UNITS = 200

export interface JwtChecks {
  /** Required `iss`. */
  readonly issuer?: string
  /** Required `aud`. */
  readonly audience?: string
  /** The claim that holds the user id. @default 'sub' */
  readonly userIdClaim?: string
}

/**
 * How tokens become users: your own function (throw to refuse, AuthError `unavailable` where it cannot know), a shared
 * secret (JWT, HS256, at least 32 characters), or the address of your public keys (JWKS; asymmetric algorithms only).
 */
export type AuthenticateOption =
  | ((token: string) => Identity | string | Promise<Identity | string>)
  | ({ readonly secret: string } & JwtChecks)
  | ({ readonly jwksUrl: string } & JwtChecks)

const ASYMMETRIC = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

/** The codes that a function may answer with. */
const CODES: readonly string[] = ['unauthorized', 'token_expired', 'forbidden', 'unavailable']

/**
 * Makes the authenticator of an option. Errors of a function other than AuthError count as a refusal, as those of a
 * library that verifies tokens are, save for those of the network, which say nothing of a token.
 */
export function createAuthenticator(option: AuthenticateOption): Authenticator {
  if (typeof option === 'function') return fromFunction(option)
  if ('secret' in option) {
    if (!isLongEnough(option.secret))
      throw new TypeError(`authenticate.secret must have ${LONG_ENOUGH}`)
    const key = new TextEncoder().encode(option.secret)
    return fromJwt(async () => key, ['HS256'], option)
  }
  return fromJwt(createRemoteJWKSet(new URL(option.jwksUrl)), ASYMMETRIC, option)
}

function fromFunction(
  authenticate: Extract<AuthenticateOption, (token: string) => unknown>,
): Authenticator {
  return {
    async authenticate(token) {
      let answer: Identity | string
      try {
        answer = await authenticate(token)
      } catch (cause) {
        if (cause instanceof AuthError && CODES.includes(cause.code)) throw cause
        if (isNetworkTrouble(cause)) throw cause
        throw new AuthError('unauthorized', 'The token was refused.')
      }
      return checked(typeof answer === 'string' ? { userId: answer } : inItsForm(answer))
    },
  }
}

/**
 * An expiry that is no number would never come, and a token id that is no text would never be found revoked: who
 * answers so lets nobody in. No answer is a refusal.
 */
function inItsForm(answer: Identity | null | undefined): Identity {
  if (answer === null || answer === undefined) {
    throw new AuthError('unauthorized', 'The token was refused.')
  }
  const { expiresAt, tokenId } = answer
  if (expiresAt !== undefined && !Number.isFinite(expiresAt)) {
    throw new TypeError('authenticate answered with an expiresAt that is no number of milliseconds')
  }
  if (tokenId !== undefined && typeof tokenId !== 'string') {
    throw new TypeError('authenticate answered with a tokenId that is no text')
  }
  return answer
}

/**
 * What is wrong with a token is the fault of its maker; what is wrong with the keys is ours: they cannot be had, or are
 * answered with an error, or with something else.
 */
const OURS: ReadonlySet<string> = new Set([
  errors.JWKSTimeout.code,
  errors.JWKSInvalid.code,
  errors.JOSEError.code,
])

function fromJwt(key: JWTVerifyGetKey, algorithms: string[], checks: JwtChecks): Authenticator {
  const required = {
    algorithms,
    ...(checks.issuer !== undefined && { issuer: checks.issuer }),
    ...(checks.audience !== undefined && { audience: checks.audience }),
  }
  return {
    async authenticate(token) {
      try {
        const { payload } = await jwtVerify(token, key, required)
        return checked(identityOf(payload, checks.userIdClaim ?? 'sub'))
      } catch (cause) {
        if (cause instanceof errors.JWTExpired)
          throw new AuthError('token_expired', 'The token has expired.')
        if (cause instanceof AuthError) throw cause
        if (!(cause instanceof errors.JOSEError) || OURS.has(cause.code)) throw cause
        throw new AuthError('unauthorized', 'The token is not valid.')
      }
    },
  }
}

function identityOf(payload: JWTPayload, claim: string): Identity {
  const userId = payload[claim]
  if (typeof userId !== 'string') throw new AuthError('unauthorized', `The token has no ${claim}.`)
  const { name, jti } = payload
  // it would never be found revoked
  if (jti !== undefined && typeof jti !== 'string')
    throw new AuthError('unauthorized', 'The jti of the token is no text.')
  return {
    userId,
    ...(typeof name === 'string' && { name }),
    ...(payload.exp !== undefined && { expiresAt: payload.exp * 1000 }),
    ...(jti !== undefined && { tokenId: jti }),
  }
}

function checked(identity: Identity): Identity {
  if (!isId(identity.userId) || identity.userId === PLATFORM_USER_ID)
    throw new AuthError('unauthorized', 'The user id in the token is not valid.')
  const { name, ...rest } = identity
  const kept = typeof name === 'string' ? keptOf(name) : ''
  return kept === '' ? rest : { ...rest, name: kept }
}

/** What a name over REST may be: nobody is kept out because of what they are called. */
const keptOf = (name: string): string =>
  name.replaceAll('\0', '').slice(0, NAME_MAX_UNITS).toWellFormed()
