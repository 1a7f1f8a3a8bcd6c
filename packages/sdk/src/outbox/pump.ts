import type { Environment } from '../environment/port.js'

/**
 * Does rounds of work: now, and again at the monotonic time that a round asks for. What happens
 * while a round is under way is looked at in another one, never inside it.
 */
export class Pump {
  readonly #environment: Environment
  readonly #round: () => number
  #state: 'idle' | 'busy' | 'again' = 'idle'
  #timer: unknown

  constructor(environment: Environment, round: () => number) {
    this.#environment = environment
    this.#round = round
  }

  run(): void {
    this.during(() => {
      this.#state = 'again'
    })
  }

  /** Runs `work`, and whatever becomes due by it only when all of it is done. */
  during(work: () => void): void {
    const isOuter = this.#state === 'idle'
    if (isOuter) this.#state = 'busy'
    work()
    if (!isOuter) return
    while (this.#isDue()) {
      this.#state = 'busy'
      this.stop()
      const at = this.#round()
      if (at === Number.POSITIVE_INFINITY) continue
      // its time may have come while the round was on its way
      const delayMs = Math.max(0, at - this.#environment.monotonicNow())
      this.#timer = this.#environment.setTimer(() => this.run(), delayMs)
    }
    this.#state = 'idle'
  }

  stop(): void {
    this.#environment.clearTimer(this.#timer)
  }

  #isDue(): boolean {
    return this.#state === 'again'
  }
}
