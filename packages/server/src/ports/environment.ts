/**
 * Time, chance and turns, passed in so that the simulator can be all of them.
 *
 * An adapter
 * - MUST fire a timer once, not before its time and not within the call, and never after it was cleared (I9);
 * - MUST NOT let the monotonic clock or a timer follow a wall clock that is set;
 * - MUST take a turn that was asked for after whatever the promises of this one still do.
 */
export interface ServerEnvironment {
  /** Wall clock in Unix milliseconds: only for what is stamped. */
  now(): number
  /** Never goes back: for leases, deadlines, silence. Milliseconds. */
  monotonicNow(): number
  setTimer(callback: () => void, delayMs: number): unknown
  /** Clearing what has fired, twice or `undefined` does nothing. */
  clearTimer(handle: unknown): void
  /** Calls back at the end of this turn of the event loop, after pending input was read. */
  nextTurn(callback: () => void): void
  /** In [0, 1). */
  random(): number
  /** Cryptographically strong, URL-safe. */
  randomId(): string
}
