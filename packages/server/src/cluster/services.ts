import type { EraseSlice } from '../adapters/cassandra/store/erase.js'
import type { RedisConnection } from '../adapters/redis/connection.js'
import type { OpenPostgres } from '../adapters/sql/postgres/open.js'
import { startErrorOf } from '../compose/start-error.js'
import { portIn } from '../config/addresses.js'
import type { Config } from '../config/fields.js'
import type { Logger } from '../observe/log.js'
import type { CommandLog } from '../ports/command-log.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { MessageFeed } from '../ports/message-feed.js'
import type { MessageStore } from '../ports/message-store.js'
import type { StoredMarks } from '../ports/stored-marks.js'
import type { OnTrouble } from '../roles/ports.js'
import type { Closers } from './closers.js'
import { kafkaOptionsOf, LOG_RETENTION_MS, logOptionsOf } from './log-options.js'

export { LOG_RETENTION_MS }

export interface ServicesParts {
  readonly config: Config
  readonly environment: ServerEnvironment
  readonly log: Logger
  readonly closers: Closers
  readonly onTrouble: OnTrouble
  readonly onFatal: (error: Error) => void
  /** A node of the store came back that may have forgotten what it had answered for (R8). */
  readonly onForgetful: () => void
}

export interface OpenStore {
  readonly store: MessageStore
  readonly marks: StoredMarks
  /** Takes deleted content out of rows, where that is not done by what keeps the tables of a database. */
  readonly erase?: EraseSlice
  /** Offsets are committed at least this late (R8). */
  readonly minCommitLagMs: number
  readonly reachable: () => Promise<unknown>
}

/** PostgreSQL: every process needs it, if only for what it knows of the logs (R11). */
export async function openDirectoryDatabase(parts: ServicesParts): Promise<OpenPostgres> {
  const { config, environment, log } = parts
  const { openPostgres } = await import('../adapters/sql/postgres/open.js')
  const postgres = await attempt('Check postgresUrl and postgresSchema.', () =>
    openPostgres({
      url: given(config.postgresUrl),
      environment,
      schema: config.postgresSchema,
      maxConnections: config.postgresMaxConnections,
      allowUnsafe: config.allowUnsafePostgres,
      onTrouble: (health) => log.warn({ health }, 'PostgreSQL'),
    }),
  )
  parts.closers.add(() => postgres.close())
  for (const warning of postgres.warnings) log.warn(warning)
  return postgres
}

export async function openRedis(parts: ServicesParts): Promise<RedisConnection> {
  const { config, environment, log } = parts
  const { createRedis } = await import('../adapters/redis/connection.js')
  const redis = await attempt('Check redisUrl, redisClusterNodes or redisSentinels.', () =>
    createRedis({
      environment,
      keyPrefix: config.redisKeyPrefix,
      ...(config.redisUrl !== undefined && { url: config.redisUrl }),
      ...(config.redisClusterNodes.length > 0 && { clusterNodes: config.redisClusterNodes }),
      ...(config.redisSentinels.length > 0 && { sentinels: config.redisSentinels }),
      ...(config.redisSentinelName !== undefined && { sentinelName: config.redisSentinelName }),
      ...(config.redisUsername !== undefined && { username: config.redisUsername }),
      ...(config.redisPassword !== undefined && { password: config.redisPassword }),
      ...(config.redisSentinelPassword !== undefined && {
        sentinelPassword: config.redisSentinelPassword,
      }),
      commandTimeoutMs: config.redisCommandTimeoutMs,
      connectTimeoutMs: config.redisConnectTimeoutMs,
      startTimeoutMs: config.redisStartTimeoutMs,
      tls: config.redisTls,
      allowUnsafe: config.allowUnsafeRedis,
      onWarning: (warning) => log.warn(warning),
      onTrouble: (error) => parts.onTrouble('Redis', error),
    }),
  )
  parts.closers.add(() => redis.close())
  return redis
}

export async function openStore(parts: ServicesParts, postgres: OpenPostgres): Promise<OpenStore> {
  if (parts.config.store === 'cassandra') return openCassandra(parts)
  const [{ createSqlMessageStore }, { createSqlStoredMarks }] = await Promise.all([
    import('../adapters/sql/message-store.js'),
    import('../adapters/sql/stored-marks.js'),
  ])
  const store = createSqlMessageStore(postgres.driver, { followsLog: true })
  const marks = createSqlStoredMarks(postgres.driver)
  return { store, marks, minCommitLagMs: 0, reachable: () => store.heads(['any']) }
}

async function openCassandra({
  config,
  environment,
  log,
  closers,
  onForgetful,
}: ServicesParts): Promise<OpenStore> {
  const { createCassandraMessageStore } = await import('../adapters/cassandra/message-store.js')
  const { cassandraUsername: username, cassandraPassword: password } = config
  const store = await attempt('Check the settings that begin with cassandra.', () =>
    createCassandraMessageStore({
      contactPoints: config.cassandraContactPoints,
      localDataCenter: config.cassandraLocalDataCenter,
      keyspace: config.cassandraKeyspace,
      createKeyspace: config.cassandraCreateKeyspace,
      replicationFactor: config.cassandraReplicationFactor,
      allowUnsafeReplication: config.allowUnsafeCassandraReplication,
      allowUnsafeCommitLog: config.allowUnsafeCassandraCommitLog,
      logRetentionMs: LOG_RETENTION_MS,
      environment,
      onWarning: (warning) => log.warn(warning),
      onNodeBack(address) {
        log.info({ address }, 'a Cassandra node is back')
        if (config.allowUnsafeCassandraCommitLog) onForgetful()
      },
      ...portOf(config.cassandraContactPoints),
      ...(username !== undefined &&
        password !== undefined && { credentials: { username, password } }),
      ...(config.cassandraTls && { tls: {} }),
    }),
  )
  closers.add(() => store.close())
  if (config.roles.includes('sequencer')) await store.prepareFolds()
  const { marks, erase, minCommitLagMs } = store
  return { store, marks, erase, minCommitLagMs, reachable: () => store.reachable() }
}

export async function openCommandLog(
  parts: ServicesParts,
  postgres: OpenPostgres,
): Promise<CommandLog> {
  const { config, environment } = parts
  const [{ createKafkaCommandLog }, { createSqlLogRegistry }] = await Promise.all([
    import('../adapters/kafka/command-log.js'),
    import('../adapters/sql/log-registry.js'),
  ])
  const commandLog = await attempt('Check the settings that begin with kafka.', () =>
    createKafkaCommandLog({
      ...logOptionsOf(config, environment, createSqlLogRegistry(postgres.driver)),
      onHeld: (generation, partitions) =>
        parts.log.info(
          { generation, partitions },
          partitions.length > 0 ? 'holds these partitions of the log' : 'holds no partitions',
        ),
      onTrouble: parts.onTrouble,
      onFatal: parts.onFatal,
    }),
  )
  parts.closers.add(() => commandLog.close())
  return commandLog
}

/** Where other systems learn of messages; undefined where the settings want none. */
export async function openMessageFeed(parts: ServicesParts): Promise<MessageFeed | undefined> {
  const { config, environment } = parts
  const topic = config.kafkaMessageSentTopic
  if (topic === 'none') return undefined
  const { createKafkaMessageFeed } = await import('../adapters/kafka/message-feed.js')
  const feed = await attempt('Check kafkaMessageSentTopic.', () =>
    createKafkaMessageFeed({
      ...kafkaOptionsOf(config, environment),
      topic,
      onTrouble: parts.onTrouble,
    }),
  )
  parts.closers.add(() => feed.close())
  return feed
}

async function attempt<T>(remedy: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    throw startErrorOf(error, remedy)
  }
}

/** The settings were checked together: no two nodes have different ones. */
function portOf(contactPoints: readonly string[]): { readonly port?: number } {
  const port = contactPoints.map(portIn).find((one) => one !== undefined)
  return port === undefined ? {} : { port }
}

/** The settings were checked together: this is there. */
function given<T>(value: T | undefined): T {
  if (value === undefined) throw new TypeError('a setting of the cluster is missing')
  return value
}
