import { describe, expect, it } from 'vitest'
import { buildWorker } from './build.js'
import { explore } from './explore.js'
import { makePlan } from './plan/make.js'
import { Pool } from './pool.js'
import { coverageTable, failureList, summary, verdict } from './report.js'

const seeds = Number(process.env.TIDINGS_SIMULATOR_SEEDS ?? 300)

describe('the simulator', { timeout: 1_800_000 }, () => {
  it(`I1 to I9 hold in ${seeds} worlds of faults, and every fault and every rule is reached`, async () => {
    const pool = new Pool(await buildWorker())
    try {
      const exploration = await explore(pool, { from: 1, seeds, failuresMax: 20 })
      console.log(`${coverageTable(exploration)}\n${summary(exploration)}`)
      expect(failureList(exploration)).toBe('')
      expect(verdict(exploration)).toBeUndefined()
    } finally {
      pool.close()
    }
  })

  it('runs a seed the same way each time', async () => {
    const pool = new Pool(await buildWorker())
    try {
      const run = async () => {
        const answer = await pool.run({ kind: 'plan', plan: makePlan(42), keepsTrace: true })
        if (!answer.ok) throw new Error(answer.error)
        return answer.outcome
      }
      const [first, again] = [await run(), await run()]
      expect(first.trace.length).toBeGreaterThan(100)
      expect(again.trace).toEqual(first.trace)
      expect(again.hash).toBe(first.hash)
    } finally {
      pool.close()
    }
  })
})
