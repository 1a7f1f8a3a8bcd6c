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
    const { failures, seeds } = await explore(pool, { from: 1, seeds: seedsMax, failuresMax: 1 })
    const [first] = failures
    return { broken, seeds, caughtBy: first && { seed: first.seed, text: first.text } }
  } finally {
    pool.close()
  }
}
