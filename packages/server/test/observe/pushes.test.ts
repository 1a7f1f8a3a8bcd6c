import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openBus } from '../../src/cluster/bus.js'
import { createClosers } from '../../src/cluster/closers.js'
import { loadConfig } from '../../src/config/load.js'
import { createLogger } from '../../src/observe/log.js'
import { createMetrics } from '../../src/observe/metrics.js'
import type { ProcessEntry } from '../../src/ports/processes.js'
import { createCluster } from '../cluster/world.js'
import { batchOf, createWorld, freezableWay, Recorder } from '../grpc/world.js'
import { told } from '../support/metrics.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'

let closers = createClosers()
beforeEach(() => {
  closers = createClosers()
})
afterEach(() => closers.closeAll())

/** A process of a cluster that pushes to another, over a way that has just frozen. */
async function frozen() {
  const there = await createWorld().open()
  there.register('p', new Recorder())
  const way = await freezableWay(there.address)
  const listed: ProcessEntry[] = [{ processId: 'p', address: way.address }]
  const environment = createVirtualEnvironment()
  const metrics = createMetrics()
  const { bus, openCircuits } = await openBus(
    {
      config: loadConfig({ name: 'the test', values: { busPort: 0, busSecret: 'of the test' } }),
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
      list: async () => ({ entries: [...listed], complete: true }),
    },
    metrics,
  )
  let outcome = 'waits'
  const push = (seq: number, text?: string) => {
    outcome = 'waits'
    bus.push('p', batchOf(seq, 1, text)).then(
      () => {
        outcome = 'taken'
      },
      (error: Error) => {
        outcome = error.message
      },
    )
  }
  push(1)
  await until('the first push is taken', () => outcome === 'taken')
  way.freeze()
  return {
    environment,
    metrics,
    openCircuits,
    push,
    way,
    listed,
    outcome: () => outcome,
    async failInVain() {
      for (let i = 0; i < 5; i++) {
        push(10 + i)
        await environment.advance(1_050)
      }
    },
  }
}

describe('/metrics tells of pushes to other processes', () => {
  it('I7: to whom nothing is pushed now, and what was left out for it', async () => {
    const { environment, metrics, push, way, failInVain, outcome } = await frozen()
    const [open, dropped] = ['push_circuits_open', 'pushes_dropped_total{why="open"}'] as const
    const seen = () => told(metrics, open, dropped)
    expect(await seen()).toEqual({ [open]: 0, [dropped]: undefined })
    await failInVain()
    expect(await seen()).toEqual({ [open]: 1, [dropped]: undefined })
    push(20)
    push(21)
    await environment.settle()
    expect(await seen()).toEqual({ [open]: 1, [dropped]: 2 })
    await environment.advance(10_000)
    way.thaw()
    push(30)
    await until('it is taken', () => outcome() === 'taken')
    expect(await seen()).toEqual({ [open]: 0, [dropped]: 2 })
  })

  it('I7: what was left out because too much waits for a process', async () => {
    const { metrics, push } = await frozen()
    for (let i = 0; i < 20; i++) push(100 + i, 'x'.repeat(1_000_000))
    const full = 'pushes_dropped_total{why="full"}'
    expect(await told(metrics, full)).toEqual({ [full]: 4 })
  })

  it('nothing of a process that is gone, though it took nothing until then', async () => {
    const { environment, metrics, openCircuits, failInVain, listed } = await frozen()
    await failInVain()
    expect([...openCircuits]).toEqual(['p'])
    listed.length = 0
    await environment.advance(1_000)
    expect(openCircuits.size).toBe(0)
    expect(await told(metrics, 'push_circuits_open')).toEqual({ push_circuits_open: 0 })
  })

  it('R12: those of which a sequencer does not know that they were taken', async () => {
    const metrics = createMetrics()
    const cluster = await createCluster({ metrics })
    try {
      const api = await cluster.start('api')
      const [dying, gateway] = [await cluster.start('gateway'), await cluster.start('gateway')]
      await cluster.start('sequencer')
      await api.members('general', 'ada', 'bob')
      await dying.connect('ada')
      const bob = await gateway.connect('bob')
      expect(await told(metrics, 'pushes_failed_total')).toEqual({ pushes_failed_total: 0 })
      await dying.kill()
      await api.send('general', 'ada', 'nobody takes this at the one, and bob does at the other')
      await until('bob is shown it', () => bob.received('message.new').length === 1)
      await until('the push has failed', async () => {
        const { pushes_failed_total: failed } = await told(metrics, 'pushes_failed_total')
        return (failed ?? 0) > 0
      })
    } finally {
      await cluster.end()
    }
  })
})
