import type { Directory } from '../ports/directory.js'
import type { Authenticator, Identity } from './port.js'

/** Most users that this process knows to be in the directory already (I7). */
const MAX_KNOWN = 100_000

/** Makes whoever authenticates known to the directory, once, and again when their name changed. */
export function rememberingUsers(
  inner: Authenticator,
  directory: Pick<Directory, 'upsertUser'>,
): Authenticator {
  const known = new Map<string, string>()
  return {
    async authenticate(token): Promise<Identity> {
      const identity = await inner.authenticate(token)
      const { userId, name } = identity
      if (known.get(userId) !== (name ?? '')) {
        await directory.upsertUser({ userId, ...(name !== undefined && { name }) })
        if (known.size >= MAX_KNOWN) known.clear()
        known.set(userId, name ?? '')
      }
      return identity
    },
  }
}
