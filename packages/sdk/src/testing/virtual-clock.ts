interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly callback: () => void
}

/**
 * Time that moves only when told to. Timers fire in order of their due time, then of their making;
 * between two of them every promise that can settle does, as it would between two tasks of a page.
 */
export class VirtualClock {
  #nowMs = 0
  #order = 0
  readonly #timers = new Set<Timer>()

  /** Virtual milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs
  }

  get pendingTimers(): number {
    return this.#timers.size
  }

  setTimer(callback: () => void, delayMs: number): unknown {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback }
    this.#timers.add(timer)
    return timer
  }

  clearTimer(handle: unknown): void {
    this.#timers.delete(handle as Timer)
  }

  /** Lets promises settle and fires what is due now; time stands still. */
  async settle(): Promise<void> {
    await this.advance(0)
  }

  /** Moves time on by `ms`, firing what falls due on the way. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await drainMicrotasks()
    for (;;) {
      const next = this.#next()
      if (next === undefined || next.dueMs > endMs) break
      await this.#fire(next)
    }
    this.#nowMs = endMs
  }

  /**
   * Moves time on until `condition` holds. Throws when it does not within `maxMs` of virtual time,
   * or when nothing is left that could make it hold.
   */
  async runUntil(condition: () => boolean, maxMs = 600_000): Promise<void> {
    const endMs = this.#nowMs + maxMs
    await drainMicrotasks()
    while (!condition()) {
      const next = this.#next()
      if (next === undefined) throw new Error('nothing is left that could make the condition hold')
      if (next.dueMs > endMs) throw new Error(`the condition did not hold within ${maxMs} ms`)
      await this.#fire(next)
    }
  }

  /** Runs until no timer is left; throws after `maxMs` of virtual time. */
  async runUntilIdle(maxMs = 600_000): Promise<void> {
    await drainMicrotasks()
    if (this.#timers.size > 0) await this.runUntil(() => this.#timers.size === 0, maxMs)
  }

  #next(): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (
        next === undefined ||
        timer.dueMs < next.dueMs ||
        (timer.dueMs === next.dueMs && timer.order < next.order)
      ) {
        next = timer
      }
    }
    return next
  }

  async #fire(timer: Timer): Promise<void> {
    this.#timers.delete(timer)
    this.#nowMs = Math.max(this.#nowMs, timer.dueMs)
    timer.callback()
    await drainMicrotasks()
  }
}

/** A real task of the host: every promise chain that needs no timer has run when it comes. */
function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A small seeded generator (mulberry32): the same seed gives the same run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
