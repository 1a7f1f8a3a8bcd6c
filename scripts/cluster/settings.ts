import type { ClusterServices, ClusterSettings, ClusterStore } from './options.js'

/** What the processes of one cluster share and nobody else knows. */
export interface Secrets {
  readonly authSecret: string
  readonly busSecret: string
  readonly serverKey: string
}

export interface Plan {
  readonly name: string
  readonly store: ClusterStore
  readonly services: ClusterServices
  readonly secrets: Secrets
  readonly devLogin: boolean
}

/**
 * The settings of one cluster over services that others may use too: everything it makes there begins with its
 * name. What a single broker or node cannot promise is allowed, in exactly that case.
 */
export function settingsOf({ name, store, services, secrets, devLogin }: Plan): ClusterSettings {
  const { kafka, postgres } = services
  const copies = kafka.brokers.length < 3 ? 1 : 3
  return {
    log: 'kafka',
    store,
    kafkaBrokers: [...kafka.brokers],
    kafkaTopicPrefix: `${name}.commands`,
    kafkaMessageSentTopic: `${name}.message_sent`,
    kafkaGroupPrefix: `${name}.sequencer`,
    kafkaPartitions: 6,
    kafkaReplicationFactor: copies,
    kafkaMinInsyncReplicas: copies === 1 ? 1 : 2,
    allowUnsafeKafka: copies === 1,
    ...(store === 'cassandra' && cassandraSettings(name, services)),
    postgresUrl: postgres.url,
    postgresSchema: name,
    postgresMaxConnections: 5,
    // Its data is temporary and is not synced.
    allowUnsafePostgres: true,
    ...redisSettings(services),
    redisKeyPrefix: `${name}:`,
    busSecret: secrets.busSecret,
    serverKeys: [secrets.serverKey],
    ...(devLogin ? { devLogin } : { authSecret: secrets.authSecret }),
    // Until then a new cluster lets nobody join a channel: there may be processes that it has not heard of.
    processLeaseMs: 5_000,
    logLevel: 'info',
  }
}

function cassandraSettings(name: string, { cassandra }: ClusterServices): ClusterSettings {
  if (cassandra === undefined)
    throw new Error('The store cassandra needs the address of Cassandra.')
  const copies = cassandra.contactPoints.length < 3 ? 1 : 3
  return {
    cassandraContactPoints: cassandra.contactPoints.map((host) => `${host}:${cassandra.port}`),
    cassandraLocalDataCenter: cassandra.localDataCenter,
    cassandraKeyspace: name,
    cassandraCreateKeyspace: true,
    cassandraReplicationFactor: copies,
    allowUnsafeCassandraReplication: copies === 1,
  }
}

function redisSettings({ redis: { url, hosts, sentinelName } }: ClusterServices): ClusterSettings {
  if (sentinelName !== undefined) {
    return { redisSentinels: [...hosts], redisSentinelName: sentinelName }
  }
  return hosts.length > 1 ? { redisClusterNodes: [...hosts] } : { redisUrl: url }
}

/** Settings as environment variables: no list of processes shows the secrets among them. */
export function toVariables(settings: ClusterSettings): Record<string, string> {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [variableOf(name), String(value)]))
}

const variableOf = (name: string): string =>
  `TIDINGS_${name.replace(/[A-Z]/g, '_$&').toUpperCase()}`
