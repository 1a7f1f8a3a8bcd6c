import type { ClusterProcess } from '../../../scripts/cluster/index.js'
import { lookAt } from '../../../scripts/cluster/status/look.js'
import type { System } from './system.js'

/** The gateways that have clients: whoever started last may have none, and its end would harm nobody. */
export async function gatewaysInUse(system: System): Promise<readonly ClusterProcess[]> {
  const gateways = system.of('gateway')
  const looks = await Promise.all(gateways.map(lookAt))
  return gateways.filter((_, i) => (looks[i]?.connections ?? 0) > 0)
}
