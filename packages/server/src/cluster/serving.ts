import type { Hooks } from '../acceptance/hooks.js'
import { createMemoryUse } from '../adapters/node/memory.js'
import type { RedisConnection } from '../adapters/redis/connection.js'
import { createSqlDirectory } from '../adapters/sql/directory.js'
import type { OpenPostgres } from '../adapters/sql/postgres/open.js'
import { type Admin, createAdmin } from '../admin/admin.js'
import type { Authenticator } from '../auth/port.js'
import { rememberingUsers } from '../auth/remembering-users.js'
import { cachingAuthenticator } from '../auth/token-cache.js'
import { startErrorOf } from '../compose/start-error.js'
import { acceptanceSettings, gatewaySettings } from '../config/settings.js'
import { countLimits } from '../observe/counted-limits.js'
import { gatewayMetrics, type Metrics } from '../observe/metrics.js'
import type { SequencingPorts, ServingPorts } from '../roles/ports.js'
import { createServing, type Serving } from '../roles/serving.js'
import type { StepLog } from '../trace/steps.js'
import type { Traces } from '../trace/traces.js'
import type { ServicesParts } from './services.js'

export interface ServingParts {
  readonly parts: ServicesParts
  readonly metrics: Metrics
  readonly processId: string
  readonly traces: Traces
  readonly steps: StepLog
  readonly verify: Authenticator
  readonly hooks: Hooks | undefined
  readonly ports: SequencingPorts
  readonly postgres: OpenPostgres
  readonly redis: RedisConnection
}

export interface OpenServing {
  readonly roles: Serving
  readonly admin: Admin
  readonly ports: ServingPorts
}

/** The roles `api` and `gateway` over Redis and PostgreSQL. */
export async function openServing(made: ServingParts): Promise<OpenServing> {
  const { parts, metrics, postgres, redis } = made
  const { config, environment, closers, onTrouble, onFatal } = parts
  const [
    { createRedisNodeLeases },
    { createRedisRateLimiter },
    { createRedisTokenRevocation },
    { createRedisRecentEvents },
    { createRedisPresence },
  ] = await Promise.all([
    import('../adapters/redis/node-leases.js'),
    import('../adapters/redis/rate-limiter.js'),
    import('../adapters/redis/token-revocation.js'),
    import('../adapters/redis/recent-events.js'),
    import('../adapters/redis/presence.js'),
  ])
  const leases = createRedisNodeLeases(redis, {
    environment,
    leaseMs: config.nodeLeaseMs,
    maxClockSkewMs: config.maxClockSkewMs,
    onLost: () => onFatal(new Error('another process has the node number of this one')),
    onTrouble: (error) => onTrouble('node lease', error),
  })
  const lease = await leases.acquire().catch((error: unknown) => {
    throw startErrorOf(error, 'See that Redis is up and that the clocks agree.')
  })
  closers.add(() => lease.release())
  const revocation = createRedisTokenRevocation(redis, {
    environment,
    checkedForMs: config.revocationCheckedForMs,
    whenAway: config.revocationWhenAway,
    onUnchecked: () => metrics.tokensUnchecked.inc(),
  })
  closers.add(() => revocation.close())
  const directory = createSqlDirectory(postgres.driver, environment)
  const ports: ServingPorts = {
    ...made.ports,
    directory,
    limiter: countLimits(
      createRedisRateLimiter(redis, {
        environment,
        awayFactor: config.limitsAwayFactor,
        onUnshared: () => metrics.limitsUnshared.inc(),
      }),
      metrics.limited,
    ),
    revocation,
    lease,
    authenticator: cachingAuthenticator(rememberingUsers(made.verify, directory), environment.now),
    election: postgres.election,
    outboxNotices: postgres.notices,
    recent: createRedisRecentEvents(redis, {
      environment,
      onTrouble: () => metrics.pagesUnshared.inc(),
    }),
    presence: createRedisPresence(redis),
  }
  const roles = createServing(ports, {
    processId: made.processId,
    servesSockets: config.roles.includes('gateway'),
    isShared: true,
    ...(made.hooks !== undefined && { hooks: made.hooks }),
    acceptance: acceptanceSettings(config),
    gateway: gatewaySettings(config),
    gatewayMetrics: gatewayMetrics(metrics),
    memoryUsed: createMemoryUse(environment),
    ackTimeoutMs: config.ackTimeoutMs,
    onChangesGivenUp: (changes, why) => metrics.changesGivenUp.inc({ why }, changes),
    traces: made.traces,
    steps: made.steps,
    onTrouble,
  })
  let isClosed = false
  closers.add(() => {
    isClosed = true
  })
  const admin = createAdmin({ ...roles, traces: made.traces, isClosed: () => isClosed })
  return { roles, admin, ports }
}
