import { describe, expect, it } from 'vitest'
import { lagLevel, watchLag } from '../../src/cluster/lag-watch.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

const BOUNDS = { warnRecords: 1_000, alertRecords: 10_000 }

describe('a log that lags', () => {
  it.each([
    [[], 0, 0],
    [[999, 999, 999], 0, 0],
    [[1_000, 0], 0, 1],
    [Array.from({ length: 12 }, () => 900), 0, 2],
    [[5_000, 5_000], 0, 2],
    [[500, 0], 1, 1],
    [[499, 0], 1, 0],
    [[2_500, 2_500], 2, 2],
    [[2_500, 2_499], 2, 1],
    [[100, 100], 2, 0],
  ] as const)('%j after level %i: level %i', (lags, was, level) => {
    expect(lagLevel(lags, was, BOUNDS)).toBe(level)
  })

  it('I7: is measured at all times and told once, also when it cannot be asked for a while', async () => {
    const environment = createVirtualEnvironment()
    const levels: unknown[] = []
    const measured: number[] = []
    let lags: number[] | undefined = [0, 0]
    let errors = 0
    const watch = watchLag({
      environment,
      ...BOUNDS,
      intervalMs: 1_000,
      async lag() {
        if (lags === undefined) throw new Error('the log is away')
        return lags
      },
      onLag: (_, level) => measured.push(level),
      onLevel: (level, { total, worst, worstPartition }) =>
        levels.push([level, total, worst, worstPartition]),
      onError: () => errors++,
    })
    await environment.advance(2_000)
    lags = [20, 1_500]
    await environment.advance(3_000)
    lags = undefined
    await environment.advance(2_000)
    lags = [20, 12_000]
    await environment.advance(2_000)
    lags = [20, 30]
    await environment.advance(2_000)
    expect(levels).toEqual([
      [1, 1_520, 1_500, 1],
      [2, 12_020, 12_000, 1],
      [0, 50, 30, 1],
    ])
    expect(measured).toEqual([0, 0, 1, 1, 1, 2, 2, 0, 0])
    expect(errors).toBe(2)
    watch.close()
    expect(environment.timers).toBe(0)
  })
})
