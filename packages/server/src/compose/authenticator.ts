import { type AuthenticateOption, createAuthenticator } from '../auth/authenticator.js'
import type { DevLogin } from '../auth/dev-login.js'
import type { Authenticator } from '../auth/port.js'
import type { Config } from '../config/fields.js'
import { ConfigError } from '../config/load.js'

/** How tokens become users: as code says, else as the settings say. Throws ConfigError when nobody could log in. */
export function authenticatorOf(
  config: Config,
  option: AuthenticateOption | undefined,
  devLogin: DevLogin | undefined,
): Authenticator {
  const checks = {
    userIdClaim: config.authUserIdClaim,
    ...(config.authIssuer !== undefined && { issuer: config.authIssuer }),
    ...(config.authAudience !== undefined && { audience: config.authAudience }),
  }
  if (option !== undefined) return createAuthenticator(option)
  if (config.authSecret !== undefined)
    return createAuthenticator({ secret: config.authSecret, ...checks })
  if (config.authJwksUrl !== undefined)
    return createAuthenticator({ jwksUrl: config.authJwksUrl, ...checks })
  if (devLogin !== undefined) return devLogin.authenticator
  throw new ConfigError(
    'authSecret',
    'the default',
    'set, or authJwksUrl, or devLogin for development, or authenticate in code',
    'is missing: nobody could log in',
  )
}
