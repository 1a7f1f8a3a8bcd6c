import type { ClusterProcess } from '../../../scripts/cluster/index.js'
import { lookAt } from '../../../scripts/cluster/status/look.js'
import { until } from '../wait.js'
import type { System } from './system.js'

const SHARED_WITHIN_MS = 60_000

/** The sequencers that hold partitions now, with how many. */
export async function holders(
  system: System,
): Promise<readonly { readonly process: ClusterProcess; readonly partitions: number }[]> {
  const looks = await Promise.all(
    system.of('sequencer').map(async (process) => {
      const { partitions } = await lookAt(process)
      return { process, partitions: partitions.length }
    }),
  )
  return looks.filter(({ partitions }) => partitions > 0)
}

/** Resolves when each sequencer has partitions: one that holds none is missed by nobody. */
export const untilShared = (system: System): Promise<void> =>
  until('every sequencer to hold partitions', SHARED_WITHIN_MS, async () => {
    const holding = await holders(system)
    return holding.length === system.of('sequencer').length
  })
