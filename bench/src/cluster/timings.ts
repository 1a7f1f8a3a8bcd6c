/** How long things took, in milliseconds. */
export class Timings {
  readonly #sorted: number[]

  constructor(valuesMs: readonly number[]) {
    this.#sorted = [...valuesMs].sort((a, b) => a - b)
  }

  get count(): number {
    return this.#sorted.length
  }

  /** The smallest value that so great a part does not exceed; NaN of nothing. @param part 0 to 1 */
  quantile(part: number): number {
    const index = Math.ceil(part * this.#sorted.length) - 1
    return this.#sorted[Math.max(0, index)] ?? Number.NaN
  }

  static joined(all: readonly Timings[]): Timings {
    return new Timings(all.flatMap((one) => one.#sorted))
  }
}
