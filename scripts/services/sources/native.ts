import type { CassandraService, KafkaService, PostgresService, RedisService } from '../addresses.js'
import { startCassandra } from '../native/cassandra.js'
import { startKafka } from '../native/kafka.js'
import { startPostgres } from '../native/postgres.js'
import { startRedis } from '../native/redis.js'
import { startRedisCluster } from '../native/redis-cluster.js'
import { startRedisSentinel } from '../native/redis-sentinel.js'
import type { Run } from '../run/run.js'
import type { ServicesWanted } from '../wanted.js'

export interface Services {
  readonly kafka: KafkaService
  readonly cassandra: CassandraService
  readonly redis: RedisService
  readonly postgres: PostgresService
}

/** A way to have each service; undefined where it is not wanted or cannot be had in this way. */
export type Starters = {
  readonly [Name in keyof Services]: (
    run: Run,
    wanted: ServicesWanted,
  ) => Promise<Services[Name]> | undefined
}

const redisSetUps = {
  single: startRedis,
  cluster: startRedisCluster,
  sentinel: startRedisSentinel,
}

/** Processes of this machine. */
export const native: Starters = {
  kafka: (run, { kafka }) => (kafka ? startKafka(run, kafka) : undefined),
  cassandra: (run, { cassandra }) => (cassandra ? startCassandra(run, cassandra) : undefined),
  redis: (run, { redis }) => (redis ? redisSetUps[redis](run) : undefined),
  postgres: (run, { postgres }) => (postgres ? startPostgres(run) : undefined),
}
