import { describe, expect, it } from 'vitest'
import { until } from '../support/wait.js'
import { openDefaultBus } from './default-bus.js'

describe('the push bus, unless it is told otherwise', () => {
  it('I7: waits 50 ms for a push; after five in a row in vain it tries once in 10 s', async () => {
    const { environment, way, receiver, push, openCircuits } = await openDefaultBus()
    // a new stream is given longer
    await environment.advance(1_000)
    way.freeze()
    for (let failures = 0; failures < 5; failures++) {
      expect(openCircuits.size).toBe(0)
      const pushed = push(10 + failures)
      await environment.advance(49)
      expect(pushed.outcome).toBe('waits')
      await environment.advance(1)
      expect(pushed.outcome).toContain('did not take a push in time')
    }
    expect([...openCircuits]).toEqual(['p'])

    /** Nothing is sent until the interval is over. */
    const leftOut = async () => {
      const pushed = push(20)
      await environment.settle()
      expect(pushed.outcome).toContain('did not take its last pushes')
    }
    await leftOut()
    await environment.advance(9_999)
    await leftOut()
    await environment.advance(1)
    const tried = push(30)
    await environment.settle()
    expect(tried.outcome).toBe('waits')
    // one is enough to know
    await leftOut()
    await environment.advance(1_000)
    expect(tried.outcome).toContain('did not take a push in time')
    await environment.advance(9_999)
    await leftOut()
    await environment.advance(1)
    way.thaw()
    const taken = push(40)
    await until('it is taken', () => taken.outcome === 'taken')
    expect(openCircuits.size).toBe(0)
    expect(receiver.seqs.at(-1)).toBe(40)
  })
})
