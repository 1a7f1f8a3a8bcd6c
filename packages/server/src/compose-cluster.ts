import { nodeEnvironment } from './adapters/node/environment.js'
import { randomHex } from './adapters/node/random-text.js'
import { createEitherProcesses } from './adapters/processes/either.js'
import { createSqlReceipts } from './adapters/sql/receipts.js'
import { createOperatorApp } from './api/operator-app.js'
import { createDevLogin, type DevLogin } from './auth/dev-login.js'
import type { Authenticator } from './auth/port.js'
import { openBus } from './cluster/bus.js'
import { type Closers, createClosers } from './cluster/closers.js'
import { createHealth } from './cluster/health.js'
import { keepHouse } from './cluster/keep-house.js'
import { measureLag, tellLag } from './cluster/lag.js'
import { noAdmin } from './cluster/no-admin.js'
import {
  openCommandLog,
  openDirectoryDatabase,
  openMessageFeed,
  openRedis,
  openStore,
  type ServicesParts,
} from './cluster/services.js'
import { openServing } from './cluster/serving.js'
import { StoppedPartitions } from './cluster/stopped-partitions.js'
import { refuseStoreGoneBack } from './cluster/store-gone-back.js'
import { timedLog } from './cluster/timed-log.js'
import { openApi } from './compose/api.js'
import { authenticatorOf } from './compose/authenticator.js'
import { makeFirstChannel } from './compose/first-channel.js'
import { createHttpWays } from './compose/http.js'
import { StartError } from './compose/start-error.js'
import type { EmbeddedOptions } from './compose.js'
import type { Config } from './config/fields.js'
import { ConfigError } from './config/load.js'
import { FatalSignal } from './observe/fatal.js'
import { createLogger, type Logger } from './observe/log.js'
import { createMetrics, gatewayMetrics, sequencingMetrics } from './observe/metrics.js'
import { createStepLog, labelsOfError } from './observe/steps.js'
import { timed } from './observe/timed.js'
import { createTroubleLog } from './observe/trouble.js'
import type { SequencingPorts } from './roles/ports.js'
import { createProcessLife } from './roles/process.js'
import { createSequencing, type Sequencing } from './roles/sequencing.js'
import type { TidingsServer } from './server.js'
import { createTraces } from './trace/traces.js'

/**
 * One process of a cluster, with the roles that the settings name. Rejects with one sentence and its remedy where a
 * setting is wrong or a service cannot be used; nothing is left open then.
 */
export async function createClusterServer(
  config: Config,
  options: EmbeddedOptions,
): Promise<TidingsServer> {
  const log = options.logger ?? createLogger(config.logLevel)
  const devLogin = devLoginOf(config)
  const serves = config.roles.some((role) => role !== 'sequencer')
  const verify = serves ? authenticatorOf(config, options.authenticate, devLogin) : undefined
  const closers = createClosers()
  try {
    return await open({ config, options, log, devLogin, verify, closers })
  } catch (error) {
    await closers.closeAll().catch((closing: unknown) => log.warn({ err: closing }, 'closing'))
    throw error
  }
}

interface Made {
  readonly config: Config
  readonly options: EmbeddedOptions
  readonly log: Logger
  readonly devLogin: DevLogin | undefined
  /** Left out: this process lets nobody in. */
  readonly verify: Authenticator | undefined
  readonly closers: Closers
}

async function open(made: Made): Promise<TidingsServer> {
  const { config, options, log, devLogin, closers } = made
  const environment = nodeEnvironment
  const processId = environment.randomId()
  const fatal = new FatalSignal()
  const metrics = createMetrics()
  const traces = createTraces(randomHex)
  const steps = createStepLog(log, processId)
  let sequencing: Sequencing | undefined
  const parts: ServicesParts = {
    config,
    environment,
    log,
    closers,
    onTrouble: createTroubleLog(log, environment),
    onFatal(error) {
      log.fatal({ ...labelsOfError(error), err: error }, 'this process must not go on')
      fatal.raise(error)
    },
    onForgetful: () => void sequencing?.foldAgain(),
  }

  // together: on a new machine each takes its seconds
  const [postgres, redis] = await Promise.all([openDirectoryDatabase(parts), openRedis(parts)])
  const { store, marks, erase, minCommitLagMs, reachable } = await openStore(parts, postgres)
  const commandLog = await openCommandLog(parts, postgres)
  await refuseStoreGoneBack(commandLog, marks, { ...parts, store: config.store })
  const [
    { createPostgresProcesses },
    { createRedisProcesses },
    { createRedisRoutes },
    { createRedisKnownHeads },
  ] = await Promise.all([
    import('./adapters/sql/postgres/processes.js'),
    import('./adapters/redis/processes.js'),
    import('./adapters/redis/routes.js'),
    import('./adapters/redis/known-heads.js'),
  ])
  const lease = { leaseMs: config.processLeaseMs }
  const processes = createEitherProcesses(
    createRedisProcesses(redis, lease),
    createPostgresProcesses(postgres.driver, lease),
    { environment },
  )
  const { bus, openCircuits } = await openBus(parts, processes, metrics)
  const routes = createRedisRoutes(redis, {
    environment,
    processes,
    address: bus.address,
    settleMs: config.routesSettleMs,
  })
  closers.add(() => routes.close())

  const ports: SequencingPorts = {
    environment,
    log: timedLog(commandLog, metrics, environment),
    store: {
      ...store,
      write: timed(store.write, metrics.storeWriteSeconds, environment.monotonicNow),
    },
    marks,
    feed: config.roles.includes('sequencer') ? await openMessageFeed(parts) : undefined,
    bus,
    routes,
    knownHeads: createRedisKnownHeads(redis),
    receipts: createSqlReceipts(postgres.driver),
  }
  const serving =
    made.verify &&
    (await openServing({
      parts,
      metrics,
      processId,
      traces,
      steps,
      verify: made.verify,
      hooks: options.hooks,
      ports,
      postgres,
      redis,
    }))
  if (serving !== undefined) {
    const house = await keepHouse(postgres, environment, erase)
    closers.add(() => house.close())
  }
  const stopped = new StoppedPartitions(log, metrics.partitionsStopped)
  if (config.roles.includes('sequencer')) {
    sequencing = createSequencing(ports, {
      // at least 1: what is not fed yet is not committed
      commitLagMs: Math.max(1, config.commitLagMs, minCommitLagMs),
      lookupTimeoutMs: LOOKUP_TIMEOUT_MS,
      ...sequencingMetrics(metrics),
      steps,
      onTrouble: parts.onTrouble,
      alarms: stopped,
      onFatal: parts.onFatal,
      ...(options.hooks?.afterStored !== undefined && {
        afterStored: options.hooks.afterStored.bind(options.hooks),
      }),
    })
  }
  let closing: Promise<void> | undefined
  const asked = createHealth({
    environment,
    checks: {
      ...(sequencing !== undefined && {
        sequencer: { kind: serving === undefined ? 'needed' : 'helpful', ask: sequencing.check },
      }),
      log: { kind: 'needed', ask: () => commandLog.lag() },
      store: { kind: 'needed', ask: reachable },
      directory: {
        kind: serving === undefined ? 'helpful' : 'needed',
        async ask() {
          const { state, reason } = await postgres.health()
          if (state !== 'up') throw new Error(reason ?? state)
        },
      },
      redis: { kind: 'helpful', ask: () => redis.ask((client) => client.exists('tidings')) },
      partitions: { kind: 'helpful', ask: () => stopped.check() },
      bus: {
        kind: 'helpful',
        async ask() {
          if (openCircuits.size > 0)
            throw new Error(`${openCircuits.size} processes take no pushes`)
        },
      },
    },
  })
  const health = async () => ({
    server: closing === undefined ? 'ok' : 'closing',
    ...(await asked()),
    ...(sequencing !== undefined && fatal.error !== undefined && { sequencer: 'stopped' }),
  })
  const measured = async () => {
    if (sequencing !== undefined) await measureLag(commandLog, metrics, parts.onTrouble)
    return { contentType: metrics.registry.contentType, body: await metrics.registry.metrics() }
  }
  const operator = { log, basePath: config.basePath, health, metrics: measured }
  const app =
    serving !== undefined && config.roles.includes('api')
      ? await openApi({
          ...operator,
          traces,
          config,
          operations: serving.roles,
          ports: serving.ports,
          counters: metrics,
          devLogin,
        })
      : await createOperatorApp({ ...operator, makeId: environment.randomId })
  closers.add(() => app.close())
  await app.ready()
  const life = createProcessLife({ log: commandLog, serving: serving?.roles, sequencing })
  closers.add(() => life.close())
  // last: whatever else there is to do would keep the partitions waiting that are given to this process
  await life.start()
  if (sequencing !== undefined) {
    const watch = tellLag(commandLog, metrics, parts)
    closers.add(() => watch.close())
  }
  if (devLogin !== undefined && serving !== undefined) {
    // it waits for a sequencer, which may come later than this process
    makeFirstChannel(serving.admin).catch((error: unknown) => parts.onTrouble('devLogin', error))
  }
  const http = createHttpWays({
    config,
    routing: app.routing,
    gateway: config.roles.includes('gateway') ? serving?.roles.gateway : undefined,
    isClosing: () => closing !== undefined,
    onRefused: gatewayMetrics(metrics).refusedConnection,
  })

  async function close(): Promise<void> {
    // it listens meanwhile: where nothing answers, load balancers cut the sockets that are being sent away
    await life.drain(config.drainTimeoutMs)
    // what is under way is answered while the roles end; nothing new is taken
    const closed = http.closeOwn(config.ackTimeoutMs)
    http.closeUpgrades()
    await life.close()
    await http.closeOwn(CLOSE_TIMEOUT_MS)
    await closed
    await closers.closeAll()
  }
  const ending = (): Promise<void> => {
    closing ??= close()
    return closing
  }
  const { listen, attach, fastify, handle } = http
  return {
    listen,
    attach,
    fastify,
    handle,
    admin: serving?.admin ?? noAdmin(),
    backup: () =>
      Promise.reject(
        new StartError(
          'The data of a cluster lies in its store, its database and its log.',
          'Use their own tools to back it up.',
        ),
      ),
    onFatal: (listener) => fatal.listen(listener),
    close: ending,
    [Symbol.asyncDispose]: ending,
  }
}

/** What is not found by then is pushed to everybody. */
const LOOKUP_TIMEOUT_MS = 50
const CLOSE_TIMEOUT_MS = 5_000

/** The development login of all processes, by what they share. */
function devLoginOf(config: Config): DevLogin | undefined {
  if (!config.devLogin) return undefined
  if (config.busSecret === undefined) {
    throw new ConfigError(
      'busSecret',
      'the settings',
      'given with devLogin in a cluster: the tokens of all processes are made from it',
      'is missing',
    )
  }
  return createDevLogin(process.env.NODE_ENV, nodeEnvironment.now, config.busSecret)
}
