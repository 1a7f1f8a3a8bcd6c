import type { Config } from '@tidings/server'
import type { RunningServices, ServiceAddresses, ServicesWanted } from '../services/index.js'
import type { ProcessWays } from './ways.js'

export type { ProcessWays }

/** What one process of a cluster is for. */
export type ClusterRole = 'api' | 'gateway' | 'sequencer'

export type ClusterStore = 'cassandra' | 'postgres'

/** Settings of Tidings by their names, such as `{ sendRatePerS: 0 }`. */
export type ClusterSettings = Partial<Config>

/** Where running services are; `cassandra` with the store cassandra only. */
export type ClusterServices = Pick<ServiceAddresses, 'kafka' | 'redis' | 'postgres'> &
  Partial<Pick<ServiceAddresses, 'cassandra'>>

export interface ClusterOptions {
  /** Processes with the role `api`. @default 2 */
  readonly api?: number
  /** Processes with the role `gateway`. @default 3 */
  readonly gateways?: number
  /** Processes with the role `sequencer`. @default 2 */
  readonly sequencers?: number
  /** Where messages lie. @default 'cassandra' */
  readonly store?: ClusterStore
  /** Services that run already: they are used as they are, and left alone at the end. */
  readonly services?: ClusterServices
  /** Which services are started otherwise. @default one broker, one node, one Redis, one PostgreSQL */
  readonly wanted?: Pick<ServicesWanted, 'kafka' | 'cassandra' | 'redis'>
  /** Processes reach every node of the services that are started through `node.network`, and have `ways`. Linux only. */
  readonly proxied?: boolean
  /** Over those that make a cluster of development: limits off, quick hand-overs. */
  readonly settings?: ClusterSettings
  /** Over `settings`, for one process. */
  readonly settingsOf?: (role: ClusterRole, number: number) => ClusterSettings
  /** More environment variables of every process. What this process has is not passed on. */
  readonly env?: Readonly<Record<string, string>>
  /** Anybody is let in by a name. Otherwise tokens are needed: `tokenFor` makes them. @default false */
  readonly devLogin?: boolean
  /** @default 'haproxy' */
  readonly loadBalancer?: 'haproxy' | 'envoy'
  /** Of the load balancer. @default a free one */
  readonly port?: number
  /** `host:port` of a server for every path that is not below `/v1`. @default the api processes */
  readonly pages?: string
  /** Run from TypeScript, or what `npm run build` has made, which starts sooner. @default 'source' */
  readonly from?: 'source' | 'build'
  /** Stands before everything that the cluster has in its services. @default a random name */
  readonly name?: string
}

/** One process, and what may be done to it. Each promise resolves when it has happened. */
export interface ClusterProcess {
  /** Such as `gateway-2`. */
  readonly name: string
  readonly role: ClusterRole
  /** Where the cluster is `proxied`. */
  readonly ways?: ProcessWays | undefined
  /** `http://host:port`, past the load balancer: for `/readyz`, `/metrics`, and sockets of one gateway. */
  readonly url: string
  readonly isRunning: boolean
  /** While it runs. */
  readonly pid: number | undefined
  /** How it ended last: `exit code 0`, `SIGKILL`; undefined while it runs. */
  readonly ended: string | undefined
  /** `kill -9`. */
  kill(): Promise<void>
  /** `SIGTERM`: it drains; resolves when it has ended. Killed after 30 s. */
  term(): Promise<void>
  /** `SIGSTOP`. */
  freeze(): Promise<void>
  /** `SIGCONT`. */
  thaw(): Promise<void>
  /** Starts it again at its address; one that still runs is drained before. Resolves when it is ready. */
  restart(): Promise<void>
  /** What it has logged in all its lives, as JSON lines. */
  readLog(): Promise<string>
}

export interface RunningCluster {
  /** `http://host:port` of the load balancer; sockets at `/v1/ws`. */
  readonly url: string
  readonly processes: readonly ClusterProcess[]
  /** With handles on each node where the cluster has started them. */
  readonly services: ClusterServices | RunningServices
  /** With which the platform may do everything over REST. */
  readonly serverKey: string
  /** A token of this user, where there is no `devLogin`. @param lifeMs default 1 hour */
  tokenFor(userId: string, lifeMs?: number): string
  /** Ends everything that was started, at once, and removes its data. May be called again. */
  close(): Promise<void>
}
