import { afterEach } from 'vitest'
import { openBus } from '../../src/cluster/bus.js'
import { createClosers } from '../../src/cluster/closers.js'
import { loadConfig } from '../../src/config/load.js'
import { createLogger } from '../../src/observe/log.js'
import { createMetrics } from '../../src/observe/metrics.js'
import type { ProcessEntry } from '../../src/ports/processes.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'
import { batchOf, createWorld, freezableWay, Recorder } from './world.js'

let closers = createClosers()
afterEach(async () => {
  await closers.closeAll()
  closers = createClosers()
})

/** The bus of a process for which nothing was set, by a clock that the test moves, and a way from it to another. */
export async function openDefaultBus() {
  const there = await createWorld().open()
  const receiver = new Recorder()
  there.register('p', receiver)
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
  /** A push, and what became of it so far. */
  function push(seq: number, text?: string) {
    const pushed = { outcome: 'waits' }
    bus.push('p', batchOf(seq, 1, text)).then(
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
  return { environment, metrics, way, listed, receiver, push, openCircuits }
}
