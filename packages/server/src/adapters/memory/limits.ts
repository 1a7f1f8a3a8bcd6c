import { createRecentIds } from '../../environment/recent-ids.js'
import type { ServerEnvironment } from '../../ports/environment.js'
import {
  NODE_NUMBERS,
  type NodeLeases,
  type RateLimiter,
  type RateVerdict,
  type RateWindow,
  type TokenRevocation,
} from '../../ports/limits.js'

interface Counter {
  /** Start of the current window on the monotonic clock. */
  startedAt: number
  windowMs: number
  current: number
  previous: number
}

/** Most keys that are counted at once; the longest unused is forgotten first (I7). */
const MAX_KEYS = 200_000

export interface MemoryRateLimiterOptions {
  /** Ids of what was let through that are kept, so that a repeat is charged nothing (I7). @default 100,000 */
  readonly onceMax?: number
}

/**
 * Sliding windows of one process: the count of the window before is weighted by how much of it still
 * lies within the window now, so a burst at a boundary cannot pass twice.
 */
export function createMemoryRateLimiter(
  environment: Pick<ServerEnvironment, 'monotonicNow'>,
  { onceMax = 100_000 }: MemoryRateLimiterOptions = {},
): RateLimiter {
  const counters = new Map<string, Counter>()
  const passed = createRecentIds(onceMax)

  function counterOf(window: RateWindow, now: number): Counter {
    let counter = counters.get(window.key)
    if (counter === undefined) {
      if (counters.size >= MAX_KEYS) {
        const oldest = counters.keys().next().value
        if (oldest !== undefined) counters.delete(oldest)
      }
      counter = { startedAt: now, windowMs: window.windowMs, current: 0, previous: 0 }
      counters.set(window.key, counter)
      return counter
    }
    const passed = Math.floor((now - counter.startedAt) / window.windowMs)
    if (passed > 0) {
      counter.previous = passed === 1 ? counter.current : 0
      counter.current = 0
      counter.startedAt += passed * window.windowMs
      // used again: to the young end
      counters.delete(window.key)
      counters.set(window.key, counter)
    }
    return counter
  }

  return {
    async take(windows, once): Promise<RateVerdict> {
      if (once !== undefined && passed.has(once)) return { ok: true }
      const now = environment.monotonicNow()
      const taken: Counter[] = []
      for (const window of windows) {
        const counter = counterOf(window, now)
        const elapsed = now - counter.startedAt
        const weighted = counter.current + counter.previous * (1 - elapsed / window.windowMs)
        if (weighted + 1 > window.limit) {
          return { ok: false, key: window.key, retryAfterMs: waitFor(counter, window, elapsed) }
        }
        taken.push(counter)
      }
      for (const counter of taken) counter.current++
      if (once !== undefined) passed.add(once)
      return { ok: true }
    },
  }
}

/** How long until the weighted count has room for one more. */
function waitFor(counter: Counter, window: RateWindow, elapsedMs: number): number {
  const room = window.limit - 1 - counter.current
  if (room >= 0 && counter.previous > 0) {
    return Math.max(1, Math.ceil(window.windowMs * (1 - room / counter.previous) - elapsedMs))
  }
  // the current window is full by itself: part of the next one must pass as well
  const intoNext =
    window.windowMs * Math.max(0, 1 - (window.limit - 1) / Math.max(1, counter.current))
  return Math.max(1, Math.ceil(window.windowMs - elapsedMs + intoNext))
}

/** Revoked tokens of one process, forgotten when they would have expired anyway. */
export function createMemoryTokenRevocation(environment: ServerEnvironment): TokenRevocation {
  const revoked = new Map<string, number>()
  return {
    async revoke(jti, untilMs) {
      const now = environment.now()
      for (const [other, until] of revoked) if (until <= now) revoked.delete(other)
      if (untilMs > now) revoked.set(jti, untilMs)
    },
    isRevoked: async (jti) => (revoked.get(jti) ?? 0) > environment.now(),
  }
}

/**
 * Node numbers among the servers of one process: each that lives has its own, and one comes again only after all
 * others, because a clock that goes back would make ids of an earlier holder again (I2).
 * @param first the number to begin with; where processes follow each other, each begins with another
 */
export function createMemoryNodeLeases(first = 0): NodeLeases {
  const taken = new Set<number>()
  let following = first
  return {
    async acquire() {
      if (taken.size === NODE_NUMBERS) throw new Error('all 1,024 node numbers are leased')
      while (taken.has(following % NODE_NUMBERS)) following++
      const node = following++ % NODE_NUMBERS
      taken.add(node)
      let held = true
      return {
        node,
        valid: () => held,
        async release() {
          if (held) taken.delete(node)
          held = false
        },
      }
    },
  }
}
