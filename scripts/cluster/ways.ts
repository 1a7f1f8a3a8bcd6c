import { fileURLToPath, pathToFileURL } from 'node:url'
import type { TcpProxy } from '../services/proxy/tcp-proxy.js'
import type { Run } from '../services/run/run.js'
import type { ClusterRole, ClusterSettings } from './options.js'

/** The ways to one process and from it, where the cluster is `proxied`. */
export interface ProcessWays {
  /** Its own address: `node.network.from(source)` is the way between it and a node of a service. */
  readonly source: string
  /** The way from the load balancer. */
  readonly front: TcpProxy
  /** The way from the other processes, which push to it; `bus.from(source)` is that from one of them. */
  readonly bus: TcpProxy
}

export interface OpenWays {
  readonly ways: ProcessWays
  /** What the process is told, so that it and the others take them. */
  readonly settings: ClusterSettings
  readonly env: Readonly<Record<string, string>>
}

const program = fileURLToPath(new URL('source-address.mjs', import.meta.url))
const first: Readonly<Record<ClusterRole, number>> = { api: 100, gateway: 150, sequencer: 200 }

/** Opens the ways of a process that will listen on `address`; they end with the run. */
export async function openWays(
  run: Run,
  role: ClusterRole,
  number: number,
  address: string,
): Promise<OpenWays> {
  const own = first[role] + number
  const source = `127.0.8.${own}`
  const busPort = await run.ports.take()
  // Others add the port on which the process listens to the host that it names.
  const busAdvertisedHost = `127.0.9.${own}`
  const [front, bus] = await Promise.all([
    run.proxy('127.0.0.1', await run.ports.take(), address),
    run.proxy(busAdvertisedHost, busPort, `127.0.0.1:${busPort}`),
  ])
  return {
    ways: { source, front, bus },
    settings: { busPort, busAdvertisedHost },
    env: {
      NODE_OPTIONS: `--import=${pathToFileURL(program).href}`,
      TIDINGS_CLUSTER_SOURCE: source,
    },
  }
}
