import type { ClusterProcess } from '../../../scripts/cluster/index.js'
import { lookAt } from '../../../scripts/cluster/status/look.js'
import { until } from '../wait.js'
import type { System } from './system.js'

const SEEN_WITHIN_MS = 60_000

/**
 * The gateways that have clients: whoever started last may have none, and its end would harm nobody. One that does
 * not answer is asked again: it may have most of them.
 */
export async function gatewaysInUse(system: System): Promise<readonly ClusterProcess[]> {
  let inUse: readonly ClusterProcess[] = []
  await until('every gateway to say how many clients it has', SEEN_WITHIN_MS, async () => {
    const gateways = system.of('gateway')
    const looks = await Promise.all(gateways.map(lookAt))
    inUse = gateways.filter((_, i) => (looks[i]?.connections ?? 0) > 0)
    return inUse.length > 0 && looks.every(({ counters }) => counters !== undefined)
  })
  return inUse
}
