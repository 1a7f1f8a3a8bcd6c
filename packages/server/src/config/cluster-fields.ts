import * as z from 'zod/mini'
import { choice, type Field, field, flag, integer, list, optionalText } from './field.js'
import { LONG_ENOUGH } from './secret.js'

const text = (fallback: string, allowed: string, help: string): Field<string> =>
  field('string', z.string().check(z.minLength(1)), fallback, allowed, help)

/** A text in which the engine takes only some characters. */
const named = (pattern: RegExp, fallback: string, allowed: string, help: string): Field<string> =>
  field('string', z.string().check(z.regex(pattern)), fallback, allowed, help)

/** What Kafka takes in names of groups. */
const KAFKA_NAME = /^[A-Za-z0-9._-]+$/
/** Kafka's topics have at most 249, and the generation comes behind it. */
const TOPIC_PREFIX = /^[A-Za-z0-9._-]{1,200}$/
const TOPIC = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/
/** Cassandra takes no longer one. */
const KEYSPACE = /^[a-z][a-z0-9_]{0,47}$/
/** Of a longer one PostgreSQL takes the beginning, which may be that of another installation. */
const SCHEMA = /^[a-z][a-z0-9_]{0,62}$/

const file = (help: string) => optionalText('the path of a file in PEM', help)
const addresses = (help: string) => list('a list of host:port', help)

/**
 * The settings of a cluster: several processes over Kafka, Cassandra or PostgreSQL, Redis and PostgreSQL.
 * The embedded server needs none of them.
 */
export const clusterFields = {
  log: choice(
    ['memory', 'kafka'],
    'memory',
    'Where accepted commands go first. memory: the embedded server, one process with its data in dataDir. kafka: as many processes as you like.',
  ),
  store: choice(
    ['sqlite', 'postgres', 'cassandra'],
    'sqlite',
    'Where messages lie. sqlite with the log memory; postgres or cassandra with the log kafka.',
  ),
  kafkaBrokers: addresses('Some brokers; the others are found.'),
  kafkaTls: flag(false, 'Encrypts connections to the brokers.'),
  kafkaUsername: optionalText('a text', 'User name at the brokers (SASL).'),
  kafkaPassword: optionalText('a text', 'Password at the brokers.', 'secret'),
  kafkaSaslMechanism: choice(
    ['plain', 'scram-sha-256', 'scram-sha-512'],
    'scram-sha-512',
    'How user name and password are told to the brokers.',
  ),
  kafkaTopicPrefix: named(
    TOPIC_PREFIX,
    'tidings.commands',
    'letters, digits, dots, dashes and underscores, at most 200',
    'Topics are called this and the generation; another one for every installation.',
  ),
  kafkaGroupPrefix: named(
    KAFKA_NAME,
    'tidings.sequencer',
    'letters, digits, dots, dashes and underscores',
    'Consumer groups are called this and the generation; another one for every installation.',
  ),
  kafkaMessageSentTopic: named(
    TOPIC,
    'chat.message_sent',
    'the name of a topic, at most 249 characters, or none',
    'Where every message is told to other systems once it is stored, such as push notifications and search. none: nowhere.',
  ),
  kafkaCreateTopics: flag(
    true,
    'Makes a topic that is missing, with the settings below; false: the start says how to make it.',
  ),
  kafkaPartitions: integer(
    1,
    10_000,
    12,
    'Partitions of a topic that is made here; fixed for a generation of the log.',
    'partitions',
  ),
  kafkaReplicationFactor: integer(1, 16, 3, 'Copies of a topic that is made here.', 'copies'),
  kafkaMinInsyncReplicas: integer(
    1,
    16,
    2,
    'Copies that a record must have before it counts, in a topic that is made here.',
    'copies',
  ),
  allowUnsafeKafka: flag(
    false,
    'Takes a topic that may lose what was acknowledged, and offsets of which one broker has the only copy: for development.',
  ),
  cassandraContactPoints: list('a list of host or host:port', 'Some nodes; the others are found.'),
  cassandraLocalDataCenter: text(
    'datacenter1',
    'the name of a data centre',
    'The data centre of this process.',
  ),
  cassandraKeyspace: named(
    KEYSPACE,
    'tidings',
    'small letters, digits and underscores, a letter first, at most 48',
    'The keyspace of the messages.',
  ),
  cassandraUsername: optionalText('a text', 'User name at Cassandra.'),
  cassandraPassword: optionalText('a text', 'Password at Cassandra.', 'secret'),
  cassandraTls: flag(false, 'Encrypts connections to Cassandra.'),
  cassandraCreateKeyspace: flag(false, 'Makes the keyspace if there is none.'),
  cassandraReplicationFactor: integer(
    1,
    16,
    3,
    'Copies in a keyspace that is made here.',
    'copies',
  ),
  allowUnsafeCassandraReplication: flag(
    false,
    'Warns instead of refusing where fewer than three copies are kept: for development.',
  ),
  allowUnsafeCassandraCommitLog: flag(
    false,
    'Warns instead of refusing where nodes answer before they have synced; offsets are then committed later.',
  ),
  postgresUrl: optionalText(
    'an address such as postgres://user:password@host:5432/database',
    'PostgreSQL: users, channels and members; with store postgres the messages too.',
    'secret',
  ),
  postgresSchema: named(
    SCHEMA,
    'tidings',
    'small letters, digits and underscores, a letter first, at most 63',
    'The schema of the tables.',
  ),
  postgresMaxConnections: integer(
    1,
    1_000,
    10,
    'Connections of this process to PostgreSQL, one more for the election.',
    'connections',
  ),
  allowUnsafePostgres: flag(
    false,
    'Warns instead of refusing where PostgreSQL does not sync: for development.',
  ),
  redisUrl: optionalText(
    'an address such as redis://user:password@host:6379/0',
    'Redis: one server. Exactly one of redisUrl, redisClusterNodes and redisSentinels.',
    'secret',
  ),
  redisClusterNodes: addresses('Some nodes of a Redis Cluster; the others are found.'),
  redisSentinels: addresses('The sentinels of a Redis.'),
  redisSentinelName: optionalText('a text', 'The name of the master that the sentinels watch.'),
  redisUsername: optionalText('a text', 'User name at a cluster, or at the master of sentinels.'),
  redisPassword: optionalText(
    'a text',
    'Password at a cluster, or at the master of sentinels.',
    'secret',
  ),
  redisTls: flag(false, 'Encrypts connections to a cluster, or to the master of sentinels.'),
  redisKeyPrefix: text(
    'tidings:',
    'a text',
    'Stands before every key; another one for every installation.',
  ),
  redisSentinelPassword: optionalText('a text', 'Password at the sentinels themselves.', 'secret'),
  redisCommandTimeoutMs: integer(
    10,
    60_000,
    500,
    'A command that Redis has not answered by then has failed.',
  ),
  redisConnectTimeoutMs: integer(
    10,
    60_000,
    2_000,
    'A connection to Redis that is not there by then is tried again.',
  ),
  redisStartTimeoutMs: integer(
    100,
    600_000,
    10_000,
    'At the start Redis must answer within this time.',
  ),
  allowUnsafeRedis: flag(
    false,
    'Warns instead of refusing where Redis is too old, or throws keys away when its memory is full: for development.',
  ),
  routesSettleMs: integer(
    0,
    600_000,
    15_000,
    'After Redis has lost its data, so long every process is pushed to where a route is missing. Longer than the 10 s between two sweeps.',
  ),
  nodeLeaseMs: integer(
    10_000,
    86_400_000,
    600_000,
    'How long the number in the ids of a process stays taken without a renewal: an outage of Redis up to it stops nobody.',
  ),
  maxClockSkewMs: integer(
    100,
    3_600_000,
    5_000,
    'A clock that differs more from that of Redis is not trusted: no ids are made by it.',
  ),
  limitsAwayFactor: integer(
    1,
    1_000,
    10,
    'While Redis is away each process lets through so many times a rate, by its own count.',
    'times',
  ),
  revocationCheckedForMs: integer(
    0,
    600_000,
    2_000,
    'A token that was found good is not asked about again for so long: a revocation elsewhere is seen by then.',
  ),
  revocationWhenAway: choice(
    ['allow', 'refuse'],
    'allow',
    'What counts for a token about which nothing is known while Redis is away.',
  ),
  lagWarnRecords: integer(
    1,
    100_000_000,
    1_000,
    'So many commands that wait in one partition of the log are told as a warning. What was folded within commitLagMs waits too.',
    'commands',
  ),
  lagAlertRecords: integer(
    1,
    1_000_000_000,
    10_000,
    'So many that wait in all partitions together are told as an error.',
    'commands',
  ),
  busHost: text(
    '127.0.0.1',
    'a host name or address of this machine',
    'The address on which other processes reach this one. Beyond this machine it needs busSecret or busTlsCa.',
  ),
  busPort: integer(0, 65_535, 0, 'The port on which they do; 0 takes a free one.', 'port number'),
  busAdvertisedHost: optionalText(
    'a host name or address',
    'How others name busHost, where it is 0.0.0.0, :: or behind a translation. Left out: as it is.',
  ),
  busSecret: optionalText(
    LONG_ENOUGH,
    'Known to every process of the cluster: who does not know it may not push.',
    'secret',
  ),
  busTlsCa: file('Mutual TLS between processes: who has signed their certificates.'),
  busTlsCert: file('The certificate of this process; it names busAdvertisedHost.'),
  busTlsKey: file('The key of that certificate.'),
  processLeaseMs: integer(
    3_000,
    120_000,
    15_000,
    'How long a process that is not heard of counts as alive: a removal waits so long for it at most, and it delivers no longer than that.',
  ),
  commitLagMs: integer(
    0,
    60_000,
    2_000,
    'How long after it was stored a command is done with: what was under way in a process that died within this time is brought again.',
  ),
} as const satisfies Record<string, Field<never> | Field<unknown>>
