import type { Break } from './breaks/break.js'
import { buildWorker } from './build.js'
import { explore } from './explore.js'
import { Pool } from './pool.js'

export interface Proof {
  readonly broken: Break
  /** The seed that caught it, and by what; undefined: none did. */
  readonly caughtBy: { readonly seed: number; readonly text: string } | undefined
  readonly seeds: number
}

/** Runs seeds against a copy of the sources with one mistake in it, until one of them catches it. */
export async function prove(broken: Break, seedsMax: number): Promise<Proof> {
  const pool = new Pool(await buildWorker(broken))
  try {
    const all = { from: 1, seeds: seedsMax }
    let tried = 0
    for (const range of broken.seenIn === undefined
      ? [all]
      : [{ from: broken.seenIn, seeds: 1 }, all]) {
      const { failures, seeds } = await explore(pool, { ...range, failuresMax: 1 })
      tried += seeds
      const [first] = failures
      if (first !== undefined) {
        return { broken, seeds: tried, caughtBy: { seed: first.seed, text: first.text } }
      }
    }
    return { broken, seeds: tried, caughtBy: undefined }
  } finally {
    pool.close()
  }
}
