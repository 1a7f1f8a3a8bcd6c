export interface FewAtOnceOptions {
  readonly max: number
  /** How many may wait (I7): what comes above is refused. Left out where each caller calls once at a time. */
  readonly waiting?: { readonly max: number; readonly refusal: () => Error }
}

/** Lets so many calls be under way at once; the others wait in the order in which they came. */
export class FewAtOnce {
  #running = 0
  readonly #waiting: (() => void)[] = []

  constructor(private readonly options: FewAtOnceOptions) {}

  /** Whether one that comes now has to wait. */
  get isFull(): boolean {
    return this.#running >= this.options.max
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.isFull) await this.#turn()
    else this.#running += 1
    try {
      return await call()
    } finally {
      // the place goes to the next one at once, so that nobody who comes now is before it
      const next = this.#waiting.shift()
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  /** Resolves when another has ended and left its place. */
  #turn(): Promise<void> {
    const { waiting } = this.options
    if (waiting !== undefined && this.#waiting.length >= waiting.max) throw waiting.refusal()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }
}
