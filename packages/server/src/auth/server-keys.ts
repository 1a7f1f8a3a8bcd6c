import { createHash, timingSafeEqual } from 'node:crypto'

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Checks server keys in constant time: hashes of equal length are compared, and every key each time. */
export function createServerKeys(keys: readonly string[]): { matches(key: string): boolean } {
  const known = keys.map(digest)
  return {
    matches(key) {
      const asked = digest(key)
      let found = false
      for (const one of known) found = timingSafeEqual(one, asked) || found
      return found
    },
  }
}
