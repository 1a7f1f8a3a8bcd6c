import { describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { kafkaOptionsOf } from '../../src/cluster/log-options.js'
import { ConfigError, environmentSources, loadConfig } from '../../src/config/load.js'

const source = (values: Record<string, unknown>) => ({ name: 'the test', values })
const CLUSTER = {
  log: 'kafka',
  store: 'cassandra',
  kafkaBrokers: ['kafka:9092'],
  cassandraContactPoints: ['cassandra'],
  postgresUrl: 'postgres://tidings@postgres/tidings',
  redisUrl: 'redis://redis:6379',
}

describe('the settings of a cluster', () => {
  it('are none where nothing is said: the embedded server', () => {
    expect(loadConfig()).toMatchObject({ log: 'memory', store: 'sqlite', kafkaBrokers: [] })
  })

  it('come from the environment like all others', () => {
    const config = loadConfig(
      ...environmentSources({
        TIDINGS_LOG: 'kafka',
        TIDINGS_STORE: 'postgres',
        TIDINGS_ROLES: 'api,gateway',
        TIDINGS_KAFKA_BROKERS: 'a:9092, b:9092',
        TIDINGS_POSTGRES_URL: 'postgresql://u:p@h:5432/d',
        TIDINGS_REDIS_SENTINELS: 's:26379',
        TIDINGS_REDIS_SENTINEL_NAME: 'main',
        TIDINGS_BUS_HOST: '10.0.0.7',
        TIDINGS_BUS_SECRET: 'x'.repeat(32),
      }),
    )
    expect(config).toMatchObject({
      roles: ['api', 'gateway'],
      kafkaBrokers: ['a:9092', 'b:9092'],
      redisSentinels: ['s:26379'],
    })
  })

  it.each([
    [{ store: 'sqlite' }, 'store', 'does not go with the log kafka'],
    [{ log: 'memory' }, 'store', 'does not go with the log memory'],
    [{ log: 'paper' }, 'log', 'memory or kafka'],
    [{ kafkaBrokers: [] }, 'kafkaBrokers', 'is missing'],
    [
      { kafkaBrokers: ['a:9092', 'b'] },
      'kafkaBrokers',
      'holds “b”: it must be a list of host:port',
    ],
    [{ kafkaBrokers: ['a:99999'] }, 'kafkaBrokers', 'holds “a:99999”'],
    [{ kafkaBrokers: ['http://a:9092'] }, 'kafkaBrokers', 'holds “http://a:9092”'],
    [{ kafkaReplicationFactor: 1 }, 'kafkaMinInsyncReplicas', 'is more than there are copies'],
    [{ kafkaTopicPrefix: 't'.repeat(201) }, 'kafkaTopicPrefix', 'at most 200'],
    [{ kafkaMessageSentTopic: 't'.repeat(250) }, 'kafkaMessageSentTopic', 'at most 249'],
    [{ kafkaMessageSentTopic: '..' }, 'kafkaMessageSentTopic', 'the name of a topic'],
    [{ cassandraKeyspace: 'k'.repeat(49) }, 'cassandraKeyspace', 'at most 48'],
    [{ postgresSchema: 's'.repeat(64) }, 'postgresSchema', 'at most 63'],
    [{ kafkaUsername: 'u' }, 'kafkaPassword', 'is missing'],
    [{ cassandraContactPoints: [] }, 'cassandraContactPoints', 'is missing'],
    [
      { cassandraContactPoints: ['a', 'b:0'] },
      'cassandraContactPoints',
      'holds “b:0”: it must be a list of host or host:port',
    ],
    [{ cassandraContactPoints: ['a:1', 'b:2'] }, 'cassandraContactPoints', 'names several ports'],
    [
      { cassandraKeyspace: 'Bad-Name' },
      'cassandraKeyspace',
      'small letters, digits and underscores',
    ],
    [{ cassandraPassword: 'p' }, 'cassandraUsername', 'is missing'],
    [{ postgresUrl: undefined, store: 'postgres' }, 'postgresUrl', 'is missing'],
    [{ postgresUrl: 'mysql://h/d' }, 'postgresUrl', 'is not an address'],
    [{ redisUrl: undefined }, 'redisUrl', 'is missing'],
    [{ redisUrl: 'http://redis' }, 'redisUrl', 'is not an address'],
    [{ redisClusterNodes: ['a:1'] }, 'redisClusterNodes', 'is too much'],
    [{ redisUrl: 'redis://redis/chat' }, 'redisUrl', 'names a database that is no number'],
    [{ redisUrl: undefined, redisClusterNodes: ['a'] }, 'redisClusterNodes', 'holds “a”'],
    [
      { redisUrl: undefined, redisSentinels: ['a'], redisSentinelName: 'm' },
      'redisSentinels',
      'holds “a”',
    ],
    [{ redisUrl: undefined, redisSentinels: ['a:1'] }, 'redisSentinelName', 'is missing'],
    [{ busHost: '10.0.0.7' }, 'busSecret', 'is missing while busHost is 10.0.0.7'],
    [{ busSecret: 'short' }, 'busSecret', 'is too short'],
    [{ busTlsCa: '/ca.pem' }, 'busTlsCert', 'is missing'],
    [
      { busHost: '0.0.0.0', busSecret: 'x'.repeat(32) },
      'busAdvertisedHost',
      'is missing while busHost is 0.0.0.0',
    ],
    [{ processLeaseMs: 100 }, 'processLeaseMs', 'a whole number from 3000 to 120000'],
  ])('refuse %j by naming the field, what is wrong and what is allowed', (over, field, problem) => {
    const loading = () => loadConfig(source({ ...CLUSTER, ...over }))
    expect(loading).toThrow(ConfigError)
    expect(loading).toThrow(problem)
    expect(loading).toThrow(new RegExp(`^${field} \\(from (the test|the default)\\) `))
  })

  it('take addresses of every form', () => {
    const addresses = ['a:1', '10.0.0.7:9092', '[::1]:65535', 'under_score.example:9092']
    const config = loadConfig(
      source({
        ...CLUSTER,
        kafkaBrokers: addresses,
        cassandraContactPoints: ['a', '10.0.0.7:9042', '::1', '[::1]:9042'],
        redisUrl: 'rediss://:p@redis/15',
      }),
    )
    expect(config.kafkaBrokers).toEqual(addresses)
  })

  it('say whether topics may be made here', () => {
    const made = (over: object) =>
      kafkaOptionsOf(loadConfig(source({ ...CLUSTER, ...over })), nodeEnvironment).createTopics
    expect([made({}), made({ kafkaCreateTopics: false })]).toEqual([true, false])
  })

  it('never show what is secret', () => {
    const secret = 'postgres://u:hunter2@h/d'
    for (const over of [
      { postgresUrl: `x${secret}` },
      { redisUrl: secret },
      { busSecret: 'hunter2' },
    ]) {
      expect(() => loadConfig(source({ ...CLUSTER, ...over }))).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
      )
    }
  })
})
