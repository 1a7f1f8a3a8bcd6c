import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seeded } from './command/plan.js'
import { faults } from './faults/index.js'
import { summaryOf } from './report/summary.js'
import { runFaults } from './run.js'
import { openSystem, type System } from './system/system.js'

/** One of each kind; `npm run chaos` has the others. */
const SHORT = [
  'gateway-killed',
  'sequencer-killed',
  'sequencer-frozen',
  'kafka-leader-killed',
  'cassandra-node-killed',
  'redis-killed',
  'postgres-restarted',
  'cut-sequencer-cassandra',
  'rolling-deploy',
] as const
const SEED = 1
const CLIENTS = 20
const CHANNELS = 6

describe('a whole cluster, three brokers, three Cassandra nodes', () => {
  let system: System
  beforeAll(async () => {
    system = await openSystem({ from: 'source' })
  }, 300_000)
  afterAll(() => system?.close(), 60_000)

  it('I1, I2, I3, I9: loses nothing acknowledged, shows nothing twice or out of order, whatever of it is killed, frozen, cut off or replaced under load', async () => {
    const chosen = SHORT.map((name) => {
      const fault = faults.find((one) => one.name === name)
      if (fault === undefined) throw new Error(`There is no fault named ${name}.`)
      return fault
    })
    const left = [...chosen]
    const result = await runFaults(system, {
      next: () => left.shift(),
      seed: SEED,
      random: seeded(SEED),
      load: { channels: CHANNELS, processes: 2, clientsPerProcess: CLIENTS / 2, everyMs: 160 },
      quietMs: 2_000,
      roundMs: Number.POSITIVE_INFINITY,
    })
    console.log(summaryOf(result))
    expect(result.failure).toBeUndefined()
    expect(result.faults.map(({ fault }) => fault.name)).toEqual(SHORT)
    const [judgement] = result.judgements
    expect(judgement?.violations).toEqual([])
    expect(judgement?.acked).toBeGreaterThan(SHORT.length * 100)
    expect([judgement?.clients, judgement?.channels]).toEqual([CLIENTS, CHANNELS])
  }, 900_000)
})
