import { describe, expect, it } from 'vitest'
import { patiently } from '../../src/environment/patiently.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

/** Tries for a second, every 300 ms, what is told by number how to end. */
function setUp(attempt: (tries: number) => string, isFinal?: (error: unknown) => boolean) {
  const environment = createVirtualEnvironment()
  const begunMs = environment.monotonicNow()
  const triedAtMs: number[] = []
  const troubles: unknown[] = []
  const result = patiently(
    async () => {
      triedAtMs.push(environment.monotonicNow() - begunMs)
      return attempt(triedAtMs.length)
    },
    {
      environment,
      forMs: 1_000,
      pauseMs: () => 300,
      ...(isFinal && { isFinal }),
      onTrouble: (error) => troubles.push(error),
    },
  )
  const end = result.catch((error: unknown) => error)
  return { environment, triedAtMs, troubles, end }
}
const away = (tries: number): never => {
  throw new Error(`away ${tries}`)
}

describe('what is tried patiently', () => {
  it('is done at the first try where nothing is wrong', async () => {
    const { environment, end, triedAtMs } = setUp(() => 'done')
    expect(await end).toBe('done')
    expect(triedAtMs).toEqual([0])
    expect(environment.timers).toBe(0)
  })

  it('is tried again until it is done, and each trouble is told', async () => {
    const { environment, end, triedAtMs, troubles } = setUp((tries) =>
      tries < 3 ? away(tries) : 'done',
    )
    await environment.advance(10_000)
    expect(await end).toBe('done')
    expect(triedAtMs).toEqual([0, 300, 600])
    expect(troubles).toEqual([new Error('away 1'), new Error('away 2')])
  })

  it('I7: ends with the last trouble when no time is left for another try', async () => {
    const { environment, end, triedAtMs, troubles } = setUp(away)
    await environment.advance(10_000)
    expect(await end).toEqual(new Error('away 4'))
    expect(triedAtMs).toEqual([0, 300, 600, 900])
    expect(troubles).toHaveLength(3)
    expect(environment.timers).toBe(0)
  })

  it('ends at once with what waiting does not mend', async () => {
    const { environment, end, triedAtMs, troubles } = setUp(away, () => true)
    expect(await end).toEqual(new Error('away 1'))
    expect(triedAtMs).toEqual([0])
    expect(troubles).toEqual([])
    expect(environment.timers).toBe(0)
  })
})
