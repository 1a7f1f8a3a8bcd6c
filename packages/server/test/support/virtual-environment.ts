import { setImmediate as realTurn } from 'node:timers/promises'
import type { ServerEnvironment } from '../../src/ports/environment.js'

interface Timer {
  readonly at: number
  readonly order: number
  readonly callback: () => void
}

export interface VirtualEnvironment extends ServerEnvironment {
  /** Lets promises and turns run until nothing is left to do at this moment of virtual time. */
  settle(): Promise<void>
  /** Moves both clocks on, firing timers in order and settling after each. */
  advance(ms: number): Promise<void>
  /** Moves the wall clock alone, as an administrator or NTP does. */
  shiftWallClock(ms: number): void
  /** Timers that are set and have not fired. */
  readonly timers: number
}

export interface VirtualEnvironmentOptions {
  /** Unix milliseconds at the start. @default 2026-01-01T00:00:00Z */
  readonly now?: number
  /** Of `random()`. @default 1 */
  readonly seed?: number
}

/** A small, well-mixed generator (mulberry32): the same seed gives the same numbers. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Time that moves only when a test moves it. What runs must depend on nothing but promises and this. */
export function createVirtualEnvironment(
  options: VirtualEnvironmentOptions = {},
): VirtualEnvironment {
  const random = seededRandom(options.seed ?? 1)
  const timers = new Set<Timer>()
  let wallOffset = options.now ?? Date.UTC(2026, 0, 1)
  let monotonic = 0
  let order = 0
  let ids = 0
  let turns: (() => void)[] = []

  async function settle(): Promise<void> {
    for (;;) {
      // one real turn empties every chain of promises, however long
      await realTurn()
      if (turns.length === 0) return
      const due = turns
      turns = []
      for (const callback of due) callback()
    }
  }

  function nextDue(until: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of timers) {
      if (timer.at > until) continue
      if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) {
        next = timer
      }
    }
    return next
  }

  return {
    now: () => Math.floor(wallOffset + monotonic),
    monotonicNow: () => monotonic,
    setTimer(callback, delayMs) {
      const timer = { at: monotonic + Math.max(0, delayMs), order: order++, callback }
      timers.add(timer)
      return timer
    },
    clearTimer(handle) {
      timers.delete(handle as Timer)
    },
    nextTurn(callback) {
      turns.push(callback)
    },
    random,
    randomId: () => `id-${++ids}`,
    settle,
    async advance(ms) {
      const until = monotonic + ms
      await settle()
      for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
        timers.delete(timer)
        monotonic = Math.max(monotonic, timer.at)
        timer.callback()
        await settle()
      }
      monotonic = until
    },
    shiftWallClock(ms) {
      wallOffset += ms
    },
    get timers() {
      return timers.size
    },
  }
}
