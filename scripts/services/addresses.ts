import type { PeerNetworks } from './proxy/network.js'
import type { ServiceNode } from './run/node.js'

/** Nodes are listed only where this run started them: those of somebody else are not ours to kill. */
export interface WithNodes {
  readonly nodes: readonly ServiceNode[]
}

export interface WithPeers extends WithNodes {
  /** The ways between the nodes, where the run is `proxied`. */
  readonly peerNetworks?: PeerNetworks | undefined
}

export interface KafkaAddresses {
  /** `host:port` of each broker. */
  readonly brokers: readonly string[]
}

export interface CassandraAddresses {
  /** Host of each node; the driver needs the one port of all nodes beside it. */
  readonly contactPoints: readonly string[]
  readonly port: number
  readonly localDataCenter: string
}

export interface RedisAddresses {
  /** `redis://host:port`; for a cluster or a sentinel set-up that of the first node. */
  readonly url: string
  /** Every node of a cluster, every sentinel of a sentinel set-up, else the one server: `host:port`. */
  readonly hosts: readonly string[]
  /** The name of the master that the sentinels watch. */
  readonly sentinelName?: string
}

export interface PostgresAddresses {
  /** `postgres://user@host:port/database`. */
  readonly url: string
}

export interface ServiceAddresses {
  readonly kafka: KafkaAddresses
  readonly cassandra: CassandraAddresses
  readonly redis: RedisAddresses
  readonly postgres: PostgresAddresses
}

export type ServiceName = keyof ServiceAddresses

/** Where encrypted connections are taken, if they are. */
interface WithSecured<Addresses> {
  readonly secured?: Addresses | undefined
}

export type KafkaService = KafkaAddresses & WithPeers & WithSecured<KafkaAddresses>
/** Encrypted connections are taken on the same port. */
export type CassandraService = CassandraAddresses & WithNodes
export type RedisService = RedisAddresses & WithNodes & WithSecured<RedisAddresses>
export type PostgresService = PostgresAddresses & WithNodes & WithSecured<PostgresAddresses>
