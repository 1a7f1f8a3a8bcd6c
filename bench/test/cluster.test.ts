import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { useService } from '../../scripts/services/testing/use-service.js'
import { largeChannel } from '../src/cluster/sections/large-channel.js'
import { latency } from '../src/cluster/sections/latency.js'
import { redisCommands } from '../src/cluster/sections/redis-commands.js'
import type { ClusterSection, Sizes } from '../src/cluster/sections/section.js'
import { serverCpu } from '../src/cluster/sections/server-cpu.js'
import { takeOvers } from '../src/cluster/sections/take-over.js'
import { throughput } from '../src/cluster/sections/throughput.js'
import { ClusterWorld } from '../src/cluster/world/world.js'
import type { Row } from '../src/sections/section.js'

const SMALL: Sizes = {
  channels: 6,
  inFlight: 2,
  cpuMembers: 2,
  cpuPerS: 20,
  redisMembers: [2, 6],
  redisPerS: 20,
  redisS: 0.5,
  largeMembers: 50_001,
  largeFollowers: 2,
  largePerS: 20,
  takeOverPerS: 20,
}

// here no hook's timeout counts
const [kafka, cassandra, redis, postgres] = await Promise.all([
  useService('kafka'),
  useService('cassandra'),
  useService('redis'),
  useService('postgres'),
])

/** Whether the sections run, and fill every row: how fast they are, nobody should learn from a test. */
describe('the benchmark of the cluster', () => {
  let world: ClusterWorld
  beforeAll(async () => {
    const services = { kafka, cassandra, redis, postgres }
    world = await ClusterWorld.start(services, { hasty: false, onProgress: () => undefined })
  })
  afterAll(() => world?.close())

  const rowsOf = (section: ClusterSection): Promise<readonly Row[]> =>
    section.run({ world, sizes: SMALL, repeats: 1, seconds: 0.2, onProgress: () => undefined })

  const isMeasured = ({ figures, ratios }: Row): boolean =>
    Object.keys(figures).length > 0 &&
    [...Object.values(figures), ...ratios.map(({ ratio }) => ratio)].every(Number.isFinite)

  it.each([throughput, latency, serverCpu, redisCommands, largeChannel, takeOvers])(
    'measures all of $name',
    async (section) => {
      const rows = await rowsOf(section)
      expect(rows.length).toBeGreaterThan(0)
      expect(rows.filter((row) => !isMeasured(row))).toEqual([])
    },
  )
})
