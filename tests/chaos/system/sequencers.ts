import { lookAt } from '../../../scripts/cluster/status/look.js'
import { until } from '../wait.js'
import type { System } from './system.js'

const SHARED_WITHIN_MS = 60_000

/**
 * Resolves when each sequencer has partitions, and none believes that it has another's: one that holds none is missed
 * by nobody, and one that was cut off has not come back before it knows.
 */
export const untilShared = (system: System): Promise<void> =>
  until('every sequencer to hold partitions of its own', SHARED_WITHIN_MS, async () => {
    const looks = await Promise.all(system.of('sequencer').map(lookAt))
    const held = looks.flatMap(({ partitions }) => partitions)
    return (
      looks.every(({ partitions }) => partitions.length > 0) && new Set(held).size === held.length
    )
  })
