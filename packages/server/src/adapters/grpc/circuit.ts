export interface CircuitOptions {
  /** Failures in a row after which nothing is tried any more for a while. @default 5 */
  readonly failuresMax?: number
  /** How often it is tried then, in milliseconds. @default 10,000 */
  readonly retryIntervalMs?: number
}

/**
 * Keeps a sender from a process that does not take what it is sent: after some failures in a row it is tried
 * only once in a while, until one try succeeds.
 */
export class Circuit {
  #failures = 0
  #openedAt: number | undefined
  #isTrying = false
  readonly #failuresMax: number
  readonly #retryIntervalMs: number

  constructor(options: CircuitOptions = {}) {
    this.#failuresMax = options.failuresMax ?? 5
    this.#retryIntervalMs = options.retryIntervalMs ?? 10_000
  }

  get isOpen(): boolean {
    return this.#openedAt !== undefined
  }

  /** Whether something may be sent now. While it is open, one caller in each interval is told yes. */
  admits(now: number): boolean {
    if (this.#openedAt === undefined) return true
    if (this.#isTrying || now - this.#openedAt < this.#retryIntervalMs) return false
    this.#isTrying = true
    return true
  }

  succeeded(): void {
    this.#failures = 0
    this.#openedAt = undefined
    this.#isTrying = false
  }

  /** True if it opened by this failure. */
  failed(now: number): boolean {
    this.#failures += 1
    if (this.#failures < this.#failuresMax) return false
    const wasOpen = this.isOpen
    this.#openedAt = now
    this.#isTrying = false
    return !wasOpen
  }
}
