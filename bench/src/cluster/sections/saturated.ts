import { median } from '../../cpu.js'
import type { Client } from '../load/client.js'
import { openCrowd } from '../load/open.js'
import { type Saturated, saturate } from '../load/saturate.js'
import type { ClusterWorld } from '../world/world.js'
import type { ClusterOptions } from './section.js'

const known = new WeakMap<ClusterWorld, number[]>()

/** One member of each channel at each of two gateways, with one sequencer. */
export async function openPairs({ world, sizes }: ClusterOptions): Promise<readonly Client[]> {
  const gateways = await world.use(2, world.sequencers.slice(0, 1))
  return openCrowd(world, gateways, { channels: sizes.channels, members: 2, name: 'pairs' })
}

export async function measureSaturated(
  { world, sizes, seconds }: ClusterOptions,
  pairs: readonly Client[],
): Promise<Saturated> {
  const saturated = await saturate(pairs, sizes.inFlight, seconds)
  known.set(world, [...(known.get(world) ?? []), saturated.perS])
  return saturated
}

/** Half of what was acknowledged in a second when as many were sent as were answered. */
export async function halfOfSaturated(
  options: ClusterOptions,
  pairs: readonly Client[],
): Promise<number> {
  if (!known.has(options.world)) {
    await saturate(pairs, options.sizes.inFlight, options.seconds)
    await measureSaturated(options, pairs)
  }
  const all = known.get(options.world) ?? []
  return median(all) / 2
}
