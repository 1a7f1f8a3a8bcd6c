import type { LogGeneration, LogRegistry } from '../../ports/log-registry.js'

/** A registry that ends with this process: for tests and simulations. */
export function createMemoryLogRegistry(): LogRegistry {
  const texts = new Map<number, string>()
  return {
    async read() {
      return [...texts]
        .sort(([a], [b]) => a - b)
        .map(([, text]) => JSON.parse(text) as LogGeneration)
    },
    async put(seen, next) {
      const expected = seen === undefined ? undefined : JSON.stringify(seen)
      if (texts.get(next.generation) !== expected) return false
      texts.set(next.generation, JSON.stringify(next))
      return true
    },
  }
}
