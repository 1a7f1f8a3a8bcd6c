/** The same function, with the time that it takes observed in seconds, also where it fails. */
export function timed<A extends unknown[], T>(
  run: (...given: A) => Promise<T>,
  histogram: { observe(seconds: number): void },
  monotonicNow: () => number,
): (...given: A) => Promise<T> {
  return async (...given) => {
    const begunAt = monotonicNow()
    try {
      return await run(...given)
    } finally {
      histogram.observe((monotonicNow() - begunAt) / 1_000)
    }
  }
}
