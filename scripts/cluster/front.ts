import {
  type LoadBalancer,
  type Progress,
  type Route,
  startLoadBalancer,
} from '../services/index.js'
import { until } from '../services/run/failure.js'
import type { ClusterOptions, ClusterRole } from './options.js'
import type { ServerProcess } from './server-process.js'

const openWithinMs = 20_000

/** A load balancer that leads sockets to the gateways and requests to the api processes; it does when this resolves. */
export async function balance(
  processes: readonly ServerProcess[],
  { loadBalancer: kind, port, pages }: ClusterOptions,
  onProgress: Progress,
): Promise<LoadBalancer> {
  const addressesOf = (role: ClusterRole) =>
    processes.filter((process) => process.role === role).map(({ frontAddress }) => frontAddress)
  const routes: Route[] = [
    { name: 'gateways', pathPrefix: '/v1/ws', upstreams: addressesOf('gateway'), webSocket: true },
    { name: 'api', pathPrefix: pages === undefined ? '/' : '/v1', upstreams: addressesOf('api') },
    ...(pages === undefined ? [] : [{ name: 'pages', pathPrefix: '/', upstreams: [pages] }]),
  ]
  const balancer = await startLoadBalancer({ kind, port, routes, onProgress })
  try {
    for (const { pathPrefix } of routes) {
      await until('the load balancer', `did not lead to ${pathPrefix}`, openWithinMs, () =>
        leadsTo(`http://${balancer.address}${pathPrefix}`),
      )
    }
    return balancer
  } catch (error) {
    await balancer.close()
    throw error
  }
}

/** Whatever the answer is, it is not the load balancer's own. */
async function leadsTo(url: string): Promise<boolean> {
  const answer = await fetch(url)
  await answer.body?.cancel()
  return ![502, 503, 504].includes(answer.status)
}
