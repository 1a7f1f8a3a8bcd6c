import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../src/observe/metrics.js'
import { createCluster } from '../cluster/world.js'
import { openDefaultBus } from '../grpc/default-bus.js'
import { told } from '../support/metrics.js'
import { until } from '../support/wait.js'

/** A process of a cluster that pushes to another, over a way that has just frozen. */
async function frozen() {
  const opened = await openDefaultBus()
  opened.way.freeze()
  return {
    ...opened,
    async failInVain() {
      for (let i = 0; i < 5; i++) {
        opened.push(10 + i)
        await opened.environment.advance(1_050)
      }
    },
  }
}

describe('/metrics tells of pushes to other processes', () => {
  it('I7: to whom nothing is pushed now, and what was left out for it', async () => {
    const { environment, metrics, push, way, failInVain } = await frozen()
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
    const taken = push(30)
    await until('it is taken', () => taken.outcome === 'taken')
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
