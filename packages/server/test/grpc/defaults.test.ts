import { afterEach, describe, expect, it } from 'vitest'
import { openBus } from '../../src/cluster/bus.js'
import { createClosers } from '../../src/cluster/closers.js'
import { loadConfig } from '../../src/config/load.js'
import { createLogger } from '../../src/observe/log.js'
import { createMetrics } from '../../src/observe/metrics.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'
import { batchOf, createWorld, freezableWay, Recorder } from './world.js'

const closers = createClosers()
afterEach(() => closers.closeAll())

/** The bus of a process for which nothing was set, by a clock that the test moves, and a way from it to another. */
async function world() {
  const there = await createWorld().open()
  const receiver = new Recorder()
  there.register('p', receiver)
  const way = await freezableWay(there.address)
  const environment = createVirtualEnvironment()
  const metrics = createMetrics()
  const given = { busPort: 0, busSecret: 'of the test' }
  const { bus, openCircuits } = await openBus(
    {
      config: loadConfig({ name: 'the test', values: given }),
      environment,
      log: createLogger('silent'),
      closers,
      onTrouble: () => undefined,
      onFatal: () => undefined,
      onForgetful: () => undefined,
    },
    {
      renew: async () => ({ leaseMs: 10_000 }),
      leave: async () => undefined,
      list: async () => ({ entries: [{ processId: 'p', address: way.address }], complete: true }),
    },
    metrics,
  )
  /** A push, and what became of it so far. */
  function push(seq: number) {
    const pushed = { outcome: 'waits' }
    bus.push('p', batchOf(seq)).then(
      () => {
        pushed.outcome = 'taken'
      },
      (error: Error) => {
        pushed.outcome = error.message
      },
    )
    return pushed
  }
  const first = push(1)
  await until('the first push is taken', () => first.outcome === 'taken')
  // a new stream is given longer
  await environment.advance(1_000)
  return { environment, way, receiver, push, openCircuits }
}

describe('the push bus, unless it is told otherwise', () => {
  it('I7: waits 50 ms for a push; after five in a row in vain it tries once in 10 s', async () => {
    const { environment, way, receiver, push, openCircuits } = await world()
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
