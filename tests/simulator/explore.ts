import type { Pool } from './pool.js'
import { addCounts, type Counts } from './run/coverage.js'
import type { Outcome } from './run/run.js'

export interface Failure {
  readonly seed: number
  /** The first thing that was wrong. */
  readonly text: string
  /** Undefined when there is none: the worker died or hung. */
  readonly outcome: Outcome | undefined
}

export interface Exploration {
  readonly seeds: number
  readonly counts: Counts
  readonly failures: readonly Failure[]
  /** Milliseconds of processor time that a seed took: the median and the slowest. */
  readonly medianMs: number
  readonly slowestMs: number
}

export interface ExploreOptions {
  readonly from: number
  readonly seeds: number
  /** Ends early after so many failures. */
  readonly failuresMax: number
  readonly onProgress?: (done: number, failures: number) => void
  /** Called at once: a long run need not end before one can look. */
  readonly onFailure?: (failure: Failure) => void
}

/** Runs seeds one after the other in all processes of a pool. */
export async function explore(pool: Pool, options: ExploreOptions): Promise<Exploration> {
  const { from, seeds, failuresMax, onProgress, onFailure } = options
  const counts: Counts = {}
  const failures: Failure[] = []
  const times: number[] = []
  let next = from
  let done = 0
  const failed = (failure: Failure): void => {
    failures.push(failure)
    onFailure?.(failure)
  }
  const work = async (): Promise<void> => {
    while (next < from + seeds && failures.length < failuresMax) {
      const seed = next
      next += 1
      const answer = await pool.run({ kind: 'seed', seed })
      done += 1
      if (!answer.ok) failed({ seed, text: answer.error, outcome: undefined })
      else {
        const { outcome, cpuMs } = answer
        times.push(cpuMs)
        addCounts(counts, outcome.counts)
        const [first] = outcome.violations
        if (first !== undefined) {
          failed({ seed, text: `${first.invariant}: ${first.rule}`, outcome })
        }
      }
      onProgress?.(done, failures.length)
    }
  }
  await Promise.all(Array.from({ length: pool.size }, work))
  times.sort((a, b) => a - b)
  failures.sort((a, b) => a.seed - b.seed)
  return {
    seeds: done,
    counts,
    failures,
    medianMs: times[Math.floor(times.length / 2)] ?? 0,
    slowestMs: times.at(-1) ?? 0,
  }
}
