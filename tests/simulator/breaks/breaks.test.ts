import { describe, expect, it } from 'vitest'
import { BreakDoesNotApply, brokenSource, buildWorker } from '../build.js'
import { makePlan } from '../plan/make.js'
import { Pool } from '../pool.js'
import { prove } from '../prove.js'
import { shrink } from '../shrink.js'
import { breaks } from './breaks.js'

const MINUTE_MS = 60_000
/** Most mistakes show in the first seed; the last of them must show by then. */
const SEEDS_MAX = 800

describe('a deliberate mistake in a copy of the sources', () => {
  it('is one of at least 15, each of another name', () => {
    expect(new Set(breaks.map(({ name }) => name)).size).toBe(breaks.length)
    expect(breaks.length).toBeGreaterThanOrEqual(15)
  })

  it.each(breaks)('applies to the sources as they are: $name', (broken) => {
    for (const { file } of broken.replacements) {
      expect(brokenSource(broken, file)).not.toBe('')
    }
  })

  it('is an error when what it replaces is not there any more', () => {
    const [{ file } = { file: '' }] = breaks[0]?.replacements ?? []
    const stale = {
      name: 'stale',
      what: '',
      replacements: [{ file, find: 'no such code', replace: '' }],
    }
    expect(() => brokenSource(stale, file)).toThrow(BreakDoesNotApply)
  })

  it.each(breaks)('is caught: $name $what', { timeout: 10 * MINUTE_MS }, async (broken) => {
    const { caughtBy } = await prove(broken, SEEDS_MAX)
    expect(caughtBy).toBeDefined()
  })

  it('is told in a few steps: what fails is made as short as it goes', {
    timeout: 10 * MINUTE_MS,
  }, async () => {
    const broken = breaks.find(({ name }) => name === 'ack-before-store')
    const pool = new Pool(await buildWorker(broken))
    try {
      const plan = makePlan(1)
      const rule = 'a command was acknowledged before it was stored'
      const short = await shrink(pool, plan, rule)
      expect(plan.steps.length).toBeGreaterThan(300)
      expect(short.steps.length).toBeLessThanOrEqual(2)
    } finally {
      pool.close()
    }
  })
})
