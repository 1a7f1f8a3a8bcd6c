import { createEitherProcesses } from '../adapters/processes/either.js'
import type { RedisConnection } from '../adapters/redis/connection.js'
import type { OpenPostgres } from '../adapters/sql/postgres/open.js'
import { createSqlReceipts } from '../adapters/sql/receipts.js'
import type { Metrics } from '../observe/metrics.js'
import { timed } from '../observe/timed.js'
import type { CommandLog } from '../ports/command-log.js'
import type { Processes } from '../ports/processes.js'
import type { Routes } from '../ports/routes.js'
import type { SequencingPorts } from '../roles/ports.js'
import { openBus } from './bus.js'
import {
  type OpenStore,
  openCommandLog,
  openDirectoryDatabase,
  openMessageFeed,
  openRedis,
  openStore,
  type ServicesParts,
} from './services.js'
import { refuseStoreGoneBack } from './store-gone-back.js'
import { timedLog } from './timed-log.js'

/** The services of a cluster, open, and the ports over them that every role needs. */
export interface OpenPorts {
  readonly ports: SequencingPorts
  readonly postgres: OpenPostgres
  readonly redis: RedisConnection
  readonly commandLog: CommandLog
  readonly store: OpenStore
  /** Processes that do not take pushes now. */
  readonly openCircuits: ReadonlySet<string>
}

export async function openPorts(parts: ServicesParts, metrics: Metrics): Promise<OpenPorts> {
  const { config, environment } = parts
  // together: on a new machine each takes its seconds
  const [postgres, redis] = await Promise.all([openDirectoryDatabase(parts), openRedis(parts)])
  const store = await openStore(parts, postgres)
  const commandLog = await openCommandLog(parts, postgres)
  await refuseStoreGoneBack(commandLog, store.marks, { ...parts, store: config.store })
  const processes = await openProcesses(parts, postgres, redis)
  const { bus, openCircuits } = await openBus(parts, processes, metrics)
  const routes = await openRoutes(parts, redis, processes, bus.address)
  const { createRedisKnownHeads } = await import('../adapters/redis/known-heads.js')
  const ports: SequencingPorts = {
    environment,
    log: timedLog(commandLog, metrics, environment),
    store: {
      ...store.store,
      write: timed(store.store.write, metrics.storeWriteSeconds, environment.monotonicNow),
    },
    marks: store.marks,
    feed: config.roles.includes('sequencer') ? await openMessageFeed(parts) : undefined,
    bus,
    routes,
    knownHeads: createRedisKnownHeads(redis),
    receipts: createSqlReceipts(postgres.driver),
  }
  return { ports, postgres, redis, commandLog, store, openCircuits }
}

async function openProcesses(
  { config, environment }: ServicesParts,
  postgres: OpenPostgres,
  redis: RedisConnection,
): Promise<Processes> {
  const [{ createPostgresProcesses }, { createRedisProcesses }] = await Promise.all([
    import('../adapters/sql/postgres/processes.js'),
    import('../adapters/redis/processes.js'),
  ])
  const lease = { leaseMs: config.processLeaseMs }
  return createEitherProcesses(
    createRedisProcesses(redis, lease),
    createPostgresProcesses(postgres.driver, lease),
    { environment },
  )
}

async function openRoutes(
  { config, environment, closers }: ServicesParts,
  redis: RedisConnection,
  processes: Processes,
  address: string,
): Promise<Routes> {
  const { createRedisRoutes } = await import('../adapters/redis/routes.js')
  const routes = createRedisRoutes(redis, {
    environment,
    processes,
    address,
    settleMs: config.routesSettleMs,
  })
  closers.add(() => routes.close())
  return routes
}
