/** Time, chance and turns, passed in so that the simulator can be all of them. */
export interface ServerEnvironment {
  /** Wall clock in Unix milliseconds: only for what is stamped. */
  now(): number
  /** Never goes back: for leases, deadlines, silence. Milliseconds. */
  monotonicNow(): number
  setTimer(callback: () => void, delayMs: number): unknown
  clearTimer(handle: unknown): void
  /** Calls back at the end of this turn of the event loop, after pending input was read. */
  nextTurn(callback: () => void): void
  /** In [0, 1). */
  random(): number
  /** Cryptographically strong, URL-safe. */
  randomId(): string
}
