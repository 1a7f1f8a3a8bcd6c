import { createHash, randomBytes } from 'node:crypto'
import { SignJWT } from 'jose'
import { ConfigError, NO_DEV_LOGIN } from '../config/load.js'
import { createAuthenticator } from './authenticator.js'
import type { Authenticator } from './port.js'

export interface DevLogin {
  readonly authenticator: Authenticator
  /** A token for whoever types a name. */
  tokenFor(userId: string, name: string): Promise<{ token: string; expiresInMs: number }>
}

const TOKEN_LIFE_MS = 60 * 60 * 1000

/**
 * The development login: a name is enough to be somebody. Its secret lives and dies with the process, unless one is
 * given that several share. Throws ConfigError when NODE_ENV is production.
 */
export function createDevLogin(
  nodeEnv: string | undefined,
  now: () => number,
  shared?: string,
): DevLogin {
  if (nodeEnv === 'production') {
    throw new ConfigError(
      'devLogin',
      'the settings',
      NO_DEV_LOGIN,
      'refuses to run when NODE_ENV is production',
    )
  }
  const secret =
    shared === undefined
      ? randomBytes(32)
      : createHash('sha256').update(`tidings development login\n${shared}`).digest()
  return {
    authenticator: createAuthenticator({ secret: secret.toString('base64url') }),
    async tokenFor(userId, name) {
      const token = await new SignJWT({ name })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(userId)
        .setExpirationTime(Math.floor((now() + TOKEN_LIFE_MS) / 1000))
        .sign(new TextEncoder().encode(secret.toString('base64url')))
      return { token, expiresInMs: TOKEN_LIFE_MS }
    },
  }
}
