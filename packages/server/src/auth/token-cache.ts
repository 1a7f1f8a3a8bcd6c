import { hash } from 'node:crypto'
import type { Authenticator, Identity } from './port.js'

/**
 * Remembers verified tokens, by a hash of them, so that a reconnect storm does not verify each signature
 * again. Only tokens with an expiry are kept, and never beyond it; revocation is asked anew each time by
 * whoever admits the user.
 */
export function cachingAuthenticator(
  inner: Authenticator,
  now: () => number,
  options: { readonly maxTokens?: number; readonly maxAgeMs?: number } = {},
): Authenticator {
  const maxTokens = options.maxTokens ?? 50_000
  const maxAgeMs = options.maxAgeMs ?? 60_000
  const verified = new Map<string, { identity: Identity; until: number }>()
  return {
    async authenticate(token) {
      const key = hash('sha256', token, 'base64')
      const known = verified.get(key)
      if (known !== undefined && known.until > now()) return known.identity
      const identity = await inner.authenticate(token)
      if (identity.expiresAt !== undefined) {
        verified.delete(key)
        if (verified.size >= maxTokens) {
          const oldest = verified.keys().next().value
          if (oldest !== undefined) verified.delete(oldest)
        }
        verified.set(key, { identity, until: Math.min(identity.expiresAt, now() + maxAgeMs) })
      }
      return identity
    },
    forget(userId) {
      for (const [key, { identity }] of verified)
        if (identity.userId === userId) verified.delete(key)
    },
  }
}
