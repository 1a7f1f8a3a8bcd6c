/**
 * Keys whose slot in a cluster depends on one part of them, so that whatever belongs to one channel lies on one
 * node and can be changed in one step.
 */
export interface Keys {
  /** A key of this kind for this id: all kinds of the same id share a slot. */
  of(kind: string, id: string): string
}

/** Braces would end the hash tag early, and two ids must never give one key. */
const withoutBraces = (id: string): string =>
  id.replace(/[{}%]/g, (char) => `%${char.charCodeAt(0).toString(16)}`)

export const createKeys = (prefix: string): Keys => ({
  // the tag is never empty, or the whole key would be hashed
  of: (kind, id) => `${prefix}${kind}:{.${withoutBraces(id)}}`,
})
