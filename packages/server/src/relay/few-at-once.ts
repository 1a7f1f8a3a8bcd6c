export interface FewAtOnceOptions {
  readonly max: number
  /** Whether there is still work to do: who waits when there is not is let go. */
  readonly working: () => boolean
}

/**
 * Runs at most `max` calls at once, the others after them in the order they came; undefined for one that was still
 * waiting when the work ended. Holds one place for each caller: how many wait is bounded by how many call (I7).
 */
export function createFewAtOnce({ max, working }: FewAtOnceOptions) {
  const waiting: PromiseWithResolvers<void>[] = []
  let running = 0

  return async function run<Result>(call: () => Promise<Result>): Promise<Result | undefined> {
    if (running < max) running += 1
    else {
      const place = Promise.withResolvers<void>()
      waiting.push(place)
      await place.promise
      if (!working()) {
        leave()
        return undefined
      }
    }
    try {
      return await call()
    } finally {
      leave()
    }
  }

  /** The place goes to the next one at once, so that nobody who comes now is before it. */
  function leave(): void {
    const next = waiting.shift()
    if (next === undefined) running -= 1
    else next.resolve()
  }
}
