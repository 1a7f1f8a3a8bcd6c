import { type Client, errors, policies } from 'cassandra-driver'
import type { CassandraStoreSettings } from '../options.js'
import { BoundedRetries } from '../session/retries.js'
import { WholeClient } from '../session/whole-client.js'
import { CassandraRefused } from './refused.js'

const RECONNECTION_DELAY_MS = 1_000
/** Asked in vain one after the other, beside the first. */
const SPECULATIVE_EXECUTIONS = 2
const KEYSPACE = /^[a-z][a-z0-9_]{0,47}$/

/** Connects, or says which setting stands in the way. */
export async function connect(settings: CassandraStoreSettings): Promise<Client> {
  if (!KEYSPACE.test(settings.keyspace)) {
    throw new CassandraRefused(
      'keyspace',
      `"${settings.keyspace}" cannot be a name here.`,
      'Use small letters, digits and underscores, a letter first, at most 48.',
    )
  }
  const client = makeClient(settings)
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.shutdown().catch(() => undefined)
    throw refusal(settings, error)
  }
}

function makeClient(settings: CassandraStoreSettings): Client {
  const { localDataCenter, credentials, tls } = settings
  const { ConstantSpeculativeExecutionPolicy } = policies.speculativeExecution
  return new WholeClient({
    contactPoints: [...settings.contactPoints],
    ...(credentials && { credentials: { ...credentials } }),
    // the driver alone would take any certificate
    ...(tls && { sslOptions: { rejectUnauthorized: true, ...tls } }),
    protocolOptions: { port: settings.port },
    policies: {
      // asks the replicas of a row first, and of them those that answer; the data centre is named here alone, as a
      // client that knows it looks for it too early to close what it has opened
      loadBalancing: new policies.loadBalancing.DefaultLoadBalancingPolicy({
        localDc: localDataCenter,
      }),
      reconnection: new policies.reconnection.ConstantReconnectionPolicy(RECONNECTION_DELAY_MS),
      retry: new BoundedRetries(),
      speculativeExecution: new ConstantSpeculativeExecutionPolicy(
        settings.speculativeDelayMs,
        SPECULATIVE_EXECUTIONS,
      ),
    },
    pooling: { heartBeatInterval: settings.heartbeatIntervalMs },
    socketOptions: {
      connectTimeout: settings.connectTimeoutMs,
      readTimeout: settings.requestTimeoutMs,
    },
    encoding: { useBigIntAsLong: true },
    monitorReporting: { enabled: false },
  })
}

function refusal(settings: CassandraStoreSettings, error: unknown): CassandraRefused {
  const inner = innerErrors(error)
  const all = [error, ...inner]
  const cause = { cause: error }
  const denied = all.find((one) => one instanceof errors.AuthenticationError)
  if (denied !== undefined) {
    return new CassandraRefused(
      'credentials',
      `Cassandra does not let this user in: ${messageOf(denied)}`,
      'Set a user and a password that it knows.',
      cause,
    )
  }
  if (/localDataCenter|data ?center/i.test(messageOf(error))) {
    return new CassandraRefused(
      'localDataCenter',
      `"${settings.localDataCenter}" is not a data centre of this cluster: ${messageOf(error)}`,
      'Set the name that `SELECT data_center FROM system.local` shows.',
      cause,
    )
  }
  return new CassandraRefused(
    'contactPoints',
    `Cassandra cannot be reached at ${settings.contactPoints.join(', ')}, port ${settings.port}: ${messageOf(inner[0] ?? error)}.`,
    'Start it, or correct the addresses, the port and the encryption.',
    cause,
  )
}

/** In one line: what OpenSSL says ends in another. */
const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim()

function innerErrors(error: unknown): readonly unknown[] {
  if (!(error instanceof errors.NoHostAvailableError)) return []
  return Object.values((error.innerErrors ?? {}) as Record<string, unknown>)
}
