import type { BenchOptions, Row } from '../../sections/section.js'
import type { ClusterWorld } from '../world/world.js'

/** How large things are; smaller ones are for trying the sections out. */
export interface Sizes {
  /** Channels that the load is spread over, with one member at each gateway. */
  readonly channels: number
  /** Messages that each client keeps under way where as many are sent as are answered. */
  readonly inFlight: number
  /** Members of each of ten channels, all connected, where processor time is measured. */
  readonly cpuMembers: number
  readonly cpuPerS: number
  /** Members of the two channels for which commands of Redis are counted. */
  readonly redisMembers: readonly [few: number, many: number]
  readonly redisPerS: number
  /** Seconds of one count: presence is renewed every 15, and leases every so many. */
  readonly redisS: number
  /** Members of the channel that is too large for live messages. */
  readonly largeMembers: number
  /** How many of them, and of a small channel beside, are connected and hear everything. */
  readonly largeFollowers: number
  /** What is said in the channel beside; in the one that is looked at, a quarter of it. */
  readonly largePerS: number
  /** Or half of what is acknowledged at most, where that is less. */
  readonly takeOverPerS: number
}

export const SIZES: Sizes = {
  channels: 24,
  inFlight: 64,
  cpuMembers: 10,
  cpuPerS: 500,
  redisMembers: [10, 1_000],
  redisPerS: 50,
  redisS: 15,
  largeMembers: 50_001,
  largeFollowers: 40,
  largePerS: 200,
  takeOverPerS: 2_000,
}

export interface ClusterOptions extends Pick<BenchOptions, 'repeats' | 'seconds' | 'onProgress'> {
  readonly world: ClusterWorld
  readonly sizes: Sizes
}

export interface ClusterSection {
  readonly name: string
  run(options: ClusterOptions): Promise<readonly Row[]>
}
