/** The sections that measure a cluster: real processes on real services, on this machine. */
import { startServices } from '../../../scripts/services/index.js'
import type { BenchOptions, Row } from '../sections/section.js'
import { largeChannel } from './sections/large-channel.js'
import { latency } from './sections/latency.js'
import { redisCommands } from './sections/redis-commands.js'
import { type ClusterSection, SIZES } from './sections/section.js'
import { serverCpu } from './sections/server-cpu.js'
import { takeOvers } from './sections/take-over.js'
import { throughput } from './sections/throughput.js'
import { ClusterWorld } from './world/world.js'

export const CLUSTER_SECTIONS = [
  throughput,
  latency,
  serverCpu,
  redisCommands,
  largeChannel,
  takeOvers,
] as const

export const isClusterSection = (name: string): boolean =>
  CLUSTER_SECTIONS.some((section) => section.name === name)

/**
 * Runs these sections, one after the other, on one cluster; services are three nodes each, or one.
 * @param onRows told the rows of each section when it has ended: one that fails takes those before it with it otherwise
 */
export async function runOnCluster(
  names: readonly string[],
  nodes: 1 | 3,
  options: BenchOptions,
  onRows: (rows: readonly Row[]) => void,
): Promise<void> {
  const { onProgress } = options
  const wanted = { kafka: nodes, cassandra: nodes, redis: 'single', postgres: true } as const
  const services = await startServices(wanted, { onProgress })
  let world: ClusterWorld | undefined
  try {
    world = await ClusterWorld.start(services, {
      hasty: names.includes(takeOvers.name),
      onProgress,
    })
    for (const name of names) {
      const section = CLUSTER_SECTIONS.find((one) => one.name === name) as ClusterSection
      onProgress(`— ${name}`)
      onRows(await section.run({ ...options, world, sizes: SIZES }))
    }
  } finally {
    await world?.close()
    await services.close()
  }
}
