import type {
  CassandraAddresses,
  KafkaAddresses,
  PostgresAddresses,
  RedisAddresses,
  ServiceAddresses,
  ServiceName,
} from '../addresses.js'
import { ServiceFailed } from '../run/failure.js'
import type { ServicesWanted } from '../wanted.js'

export type Environment = Readonly<Record<string, string | undefined>>

/** Every variable and what it holds, for `--help`. */
export const variables = {
  TIDINGS_TEST_KAFKA: 'host:port,… of brokers',
  TIDINGS_TEST_CASSANDRA: 'host:port,… of nodes, one port for all',
  TIDINGS_TEST_CASSANDRA_DATACENTER: 'the data centre of these nodes (default: datacenter1)',
  TIDINGS_TEST_REDIS: 'redis://host:port',
  TIDINGS_TEST_REDIS_CLUSTER: 'host:port,… of nodes',
  TIDINGS_TEST_REDIS_SENTINEL: 'name@host:port,… of sentinels',
  TIDINGS_TEST_POSTGRES: 'postgres://user:password@host:port/database',
} as const

type Variable = keyof typeof variables

const readers: {
  readonly [Name in ServiceName]: (
    environment: Environment,
    wanted: ServicesWanted,
  ) => ServiceAddresses[Name] | undefined
} = {
  kafka(environment): KafkaAddresses | undefined {
    const brokers = hosts(environment, 'TIDINGS_TEST_KAFKA')
    return brokers && { brokers }
  },
  cassandra(environment): CassandraAddresses | undefined {
    const nodes = hosts(environment, 'TIDINGS_TEST_CASSANDRA')?.map((host) => host.split(':'))
    if (new Set(nodes?.map(([, port]) => port)).size > 1) unusable('TIDINGS_TEST_CASSANDRA')
    const localDataCenter = environment.TIDINGS_TEST_CASSANDRA_DATACENTER || 'datacenter1'
    return (
      nodes && {
        contactPoints: nodes.map(([host = '']) => host),
        port: Number(nodes[0]?.[1]),
        localDataCenter,
      }
    )
  },
  redis(environment, { redis }): RedisAddresses | undefined {
    if (redis === 'cluster') return redisHosts(hosts(environment, 'TIDINGS_TEST_REDIS_CLUSTER'))
    if (redis === 'sentinel') return redisSentinels(environment)
    const url = urlOf(environment, 'TIDINGS_TEST_REDIS', ['redis:', 'rediss:'])
    return url === undefined ? undefined : { url, hosts: [new URL(url).host] }
  },
  postgres(environment): PostgresAddresses | undefined {
    const url = urlOf(environment, 'TIDINGS_TEST_POSTGRES', ['postgres:', 'postgresql:'])
    return url === undefined ? undefined : { url }
  },
}

/** The addresses that somebody gave; such a service is neither started nor stopped. */
export const givenAddresses = <Name extends ServiceName>(
  name: Name,
  wanted: ServicesWanted,
  environment: Environment,
): ServiceAddresses[Name] | undefined => readers[name](environment, wanted)

/** Where this service is given, if it is. */
export const variableOf = (name: ServiceName, { redis }: ServicesWanted): Variable =>
  (
    ({
      kafka: 'TIDINGS_TEST_KAFKA',
      cassandra: 'TIDINGS_TEST_CASSANDRA',
      redis: redisVariables[redis ?? 'single'],
      postgres: 'TIDINGS_TEST_POSTGRES',
    }) as const
  )[name]

const redisVariables = {
  single: 'TIDINGS_TEST_REDIS',
  cluster: 'TIDINGS_TEST_REDIS_CLUSTER',
  sentinel: 'TIDINGS_TEST_REDIS_SENTINEL',
} as const

/** The variables that give these services to another process. */
export function toEnvironment(services: Partial<ServiceAddresses>): Record<string, string> {
  const { kafka, cassandra, redis, postgres } = services
  return {
    ...(kafka && { TIDINGS_TEST_KAFKA: kafka.brokers.join(',') }),
    ...(cassandra && {
      TIDINGS_TEST_CASSANDRA: cassandra.contactPoints
        .map((host) => `${host}:${cassandra.port}`)
        .join(','),
      TIDINGS_TEST_CASSANDRA_DATACENTER: cassandra.localDataCenter,
    }),
    ...(redis && redisVariable(redis)),
    ...(postgres && { TIDINGS_TEST_POSTGRES: postgres.url }),
  }
}

function redisVariable({ url, hosts, sentinelName }: RedisAddresses): Record<string, string> {
  const list = hosts.join(',')
  if (sentinelName) return { TIDINGS_TEST_REDIS_SENTINEL: `${sentinelName}@${list}` }
  return hosts.length > 1 ? { TIDINGS_TEST_REDIS_CLUSTER: list } : { TIDINGS_TEST_REDIS: url }
}

function redisSentinels(environment: Environment): RedisAddresses | undefined {
  const variable = 'TIDINGS_TEST_REDIS_SENTINEL'
  const [sentinelName, list] = environment[variable]?.split('@') ?? []
  if (!sentinelName) return undefined
  const sentinels = redisHosts(hosts({ [variable]: list ?? '-' }, variable))
  return sentinels && { ...sentinels, sentinelName }
}

const redisHosts = (list: readonly string[] | undefined): RedisAddresses | undefined =>
  list && { url: `redis://${list[0]}`, hosts: list }

function hosts(environment: Environment, variable: Variable): readonly string[] | undefined {
  const value = environment[variable]
  if (!value) return undefined
  const list = value.split(',').map((host) => host.trim())
  return list.every((host) => /^[^\s:@/]+:\d+$/.test(host)) ? list : unusable(variable)
}

function urlOf(
  environment: Environment,
  variable: Variable,
  protocols: readonly string[],
): string | undefined {
  const value = environment[variable]
  if (!value) return undefined
  const isUsable = URL.canParse(value) && protocols.includes(new URL(value).protocol)
  return isUsable ? value : unusable(variable)
}

// Without the value: it may hold a password.
function unusable(variable: Variable): never {
  throw new ServiceFailed(variable, `is set to something else than ${variables[variable]}`)
}
