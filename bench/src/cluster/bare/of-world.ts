import { type ClusterWorld, PARTITIONS } from '../world/world.js'
import { Bare } from './bare.js'

const started = new WeakMap<ClusterWorld, Promise<Bare>>()

/** The bare parts beside a cluster, on its services: started once, and ended with it. */
export function bareOf(world: ClusterWorld, channels: number): Promise<Bare> {
  let bare = started.get(world)
  if (bare === undefined) {
    bare = Bare.start(world.services, { partitions: PARTITIONS, channels })
    started.set(world, bare)
    const running = bare
    world.beforeClose(async () => (await running).close())
  }
  return bare
}
