import type { Locks } from './port.js'

const held = new Set<string>()

/** Mutual exclusion inside one process, for where there is nothing wider. */
export const inProcessLocks: Locks = {
  async tryAcquire(name) {
    if (held.has(name)) return undefined
    held.add(name)
    let holding = true
    return () => {
      if (holding) held.delete(name)
      holding = false
    }
  },
}

/** Between the tabs of an origin, by Web Locks; in this page only where those are missing. */
export const webLocks: Locks = {
  tryAcquire(name) {
    const locks = globalThis.navigator?.locks
    if (locks === undefined) return inProcessLocks.tryAcquire(name)
    return new Promise((resolve) => {
      const hold = (lock: Lock | null): Promise<void> | undefined => {
        if (lock === null) {
          resolve(undefined)
          return undefined
        }
        return new Promise<void>((release) => resolve(release))
      }
      locks
        .request(`tidings:${name}`, { ifAvailable: true }, hold)
        .catch(() => resolve(inProcessLocks.tryAcquire(name)))
    })
  },
}
