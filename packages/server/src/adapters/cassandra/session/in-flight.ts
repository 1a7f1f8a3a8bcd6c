import { StoreUnavailable } from '../../../ports/message-store.js'

/** Requests that wait for their turn at most; what comes above is told to come again (I7). */
const MAX_WAITING = 10_000

/** Lets so many requests be under way at once; the others wait in order. */
export class InFlight {
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(private readonly max: number) {}

  async run<T>(request: () => Promise<T>): Promise<T> {
    if (this.#running >= this.max) await this.#turn()
    else this.#running += 1
    try {
      return await request()
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  /** Resolves when another has ended and left its place. */
  #turn(): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new StoreUnavailable(`${MAX_WAITING} requests wait for Cassandra already.`)
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
