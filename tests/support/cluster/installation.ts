import { randomBytes } from 'node:crypto'
import type { ServerOptions } from '@tidings/server'
import type { ServiceAddresses } from '../../../scripts/services/index.js'
import { useService } from '../../../scripts/services/testing/use-service.js'
import { storeOfRun } from '../store-of-run.js'

/** What an installation is known by at the services that it shares with others. */
export interface Installation {
  readonly brokers: readonly string[]
  readonly postgresUrl: string
  readonly schema: string
  readonly topicPrefix: string
  /** Where its messages lie, where that is not its schema. */
  readonly messages?: KeyspacePlace
  /** What every process of it is told. */
  readonly settings: Partial<ServerOptions>
}

export interface KeyspacePlace {
  readonly cassandra: ServiceAddresses['cassandra']
  readonly keyspace: string
}

export type ClusterServices = Pick<ServiceAddresses, 'kafka' | 'postgres' | 'redis'> &
  Partial<Pick<ServiceAddresses, 'cassandra'>>

/**
 * Those that all files of this run share, Cassandra where the run's messages lie there. To be awaited at the top of a
 * file: the first to ask starts them.
 */
export async function servicesOfRun(): Promise<ClusterServices> {
  const [kafka, postgres, redis, cassandra] = await Promise.all([
    useService('kafka'),
    useService('postgres'),
    useService('redis'),
    storeOfRun() === 'cassandra' ? useService('cassandra') : undefined,
  ])
  return { kafka, postgres, redis, ...(cassandra && { cassandra }) }
}

/** An installation that nobody else has, on services that others use too. @param keyspace an empty one, if there is one */
export function newInstallation(services: ClusterServices, keyspace?: string): Installation {
  const { kafka, postgres, redis, cassandra } = services
  const name = `e2e${randomBytes(6).toString('hex')}`
  const messages = cassandra && { cassandra, keyspace: keyspace ?? name }
  const topicPrefix = `${name}.commands`
  const settings: Partial<ServerOptions> = {
    log: 'kafka',
    store: messages === undefined ? 'postgres' : 'cassandra',
    ...(messages && cassandraSettings(messages)),
    kafkaBrokers: [...kafka.brokers],
    kafkaTopicPrefix: topicPrefix,
    kafkaGroupPrefix: `${name}.sequencer`,
    kafkaPartitions: 2,
    // one broker: what it takes to lose one is tried elsewhere
    kafkaReplicationFactor: 1,
    kafkaMinInsyncReplicas: 1,
    allowUnsafeKafka: true,
    postgresUrl: postgres.url,
    postgresSchema: name,
    postgresMaxConnections: 4,
    allowUnsafePostgres: true,
    redisUrl: redis.url,
    redisKeyPrefix: `${name}:`,
    busSecret: randomBytes(24).toString('hex'),
    processLeaseMs: 5_000,
    commitLagMs: 200,
    logLevel: 'silent',
  }
  return {
    brokers: kafka.brokers,
    postgresUrl: postgres.url,
    schema: name,
    topicPrefix,
    ...(messages && { messages }),
    settings,
  }
}

const cassandraSettings = ({
  cassandra: { contactPoints, port, localDataCenter },
  keyspace,
}: KeyspacePlace): Partial<ServerOptions> => ({
  cassandraContactPoints: contactPoints.map((host) => `${host}:${port}`),
  cassandraLocalDataCenter: localDataCenter,
  cassandraKeyspace: keyspace,
  cassandraCreateKeyspace: true,
  cassandraReplicationFactor: 1,
  allowUnsafeCassandraReplication: true,
})
