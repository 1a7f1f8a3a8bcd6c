import type { TokenRevocation } from '../ports/limits.js'
import type { Identity } from './port.js'

/** Why somebody whose token is genuine is not let in all the same. */
export interface NotAdmitted {
  readonly code: 'unauthorized' | 'token_expired' | 'forbidden'
  readonly message: string
}

/** What is revoked when a user is refused, whichever token they bring; no token id of an issuer looks like it. */
export const userRevocation = (userId: string): string => `~user ${userId}`

/** Undefined: let in. Asked of every token each time it is shown, also of one that was verified before. */
export async function notAdmitted(
  { userId, tokenId, expiresAt }: Identity,
  revocation: Pick<TokenRevocation, 'isRevoked'>,
  nowMs: number,
): Promise<NotAdmitted | undefined> {
  if (expiresAt !== undefined && expiresAt <= nowMs)
    return { code: 'token_expired', message: 'The token has expired.' }
  const [user, token] = await Promise.all([
    revocation.isRevoked(userRevocation(userId)),
    tokenId !== undefined && revocation.isRevoked(tokenId),
  ])
  if (user) return { code: 'forbidden', message: 'This user is not let in now.' }
  return token ? { code: 'unauthorized', message: 'The token was revoked.' } : undefined
}
