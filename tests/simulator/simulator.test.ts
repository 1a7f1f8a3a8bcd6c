import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildWorker } from './build.js'
import { explore } from './explore.js'
import { makePlan } from './plan/make.js'
import { Pool } from './pool.js'
import { coverageTable, failureList, summary } from './report.js'
import { missing } from './run/coverage.js'
import type { Answer } from './worker.js'

const SEEDS = Number(process.env.TIDINGS_SIMULATOR_SEEDS ?? 2_000)
const MINUTE_MS = 60_000

let pool: Pool
beforeAll(async () => {
  pool = new Pool(await buildWorker())
})
afterAll(() => pool.close())

const outcomeOf = (answer: Answer) => {
  if (!answer.ok) throw new Error(answer.error)
  return answer.outcome
}

describe('the simulator', () => {
  it(`I1 to I9 hold over ${SEEDS} seeds, and every fault and every rule R1 to R15 is reached`, {
    timeout: 30 * MINUTE_MS,
  }, async () => {
    const exploration = await explore(pool, { from: 1, seeds: SEEDS, failuresMax: 10 })
    console.log(`${coverageTable(exploration)}\n\n  ${summary(exploration)}`)
    expect(failureList(exploration)).toBe('')
    expect(exploration.seeds).toBe(SEEDS)
    expect(missing(exploration.counts)).toEqual([])
  })

  it(
    'lives through the same world again from the same seed, frame by frame',
    async () => {
      for (const seed of [3, 17, 2_501]) {
        const plan = makePlan(seed)
        const answers = await Promise.all([
          pool.run({ kind: 'seed', seed }),
          pool.run({ kind: 'plan', plan, keepsTrace: true }),
        ])
        const [first, second] = answers.map(outcomeOf)
        expect(second?.hash).toBe(first?.hash)
        expect(second?.tasks).toBe(first?.tasks)
        const third = outcomeOf(await pool.run({ kind: 'plan', plan, keepsTrace: true }))
        expect(third.trace.length).toBeGreaterThan(100)
        expect(third.trace).toEqual(second?.trace)
      }
    },
    MINUTE_MS,
  )
})
