/**
 * Remembers the newest ids within a bound, so that a repeat costs nothing of a rate. Two sets take turns:
 * when the young one is full the old one is dropped, so between half and all of the bound is remembered.
 */
export function createRecentIds(max: number): { has(id: string): boolean; add(id: string): void } {
  const half = Math.max(1, Math.ceil(max / 2))
  let young = new Set<string>()
  let old = new Set<string>()
  return {
    has: (id) => young.has(id) || old.has(id),
    add(id) {
      if (young.size >= half) {
        old = young
        young = new Set()
      }
      young.add(id)
    },
  }
}
