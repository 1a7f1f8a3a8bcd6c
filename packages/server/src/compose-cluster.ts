import { nodeEnvironment } from './adapters/node/environment.js'
import { createDevLogin, type DevLogin } from './auth/dev-login.js'
import { openApp } from './cluster/app.js'
import { createClosers } from './cluster/closers.js'
import { keepHouse } from './cluster/keep-house.js'
import { tellLag } from './cluster/lag.js'
import { noAdmin } from './cluster/no-admin.js'
import { type OpenPorts, openPorts } from './cluster/ports.js'
import { type Made, type Roles, type Running, runningOf } from './cluster/running.js'
import { type OpenServing, openServing } from './cluster/serving.js'
import { StoppedPartitions } from './cluster/stopped-partitions.js'
import { authenticatorOf } from './compose/authenticator.js'
import { makeFirstChannel } from './compose/first-channel.js'
import { createHttpWays } from './compose/http.js'
import { StartError } from './compose/start-error.js'
import type { EmbeddedOptions } from './compose.js'
import type { Config } from './config/fields.js'
import { ConfigError } from './config/load.js'
import { createLogger } from './observe/log.js'
import { gatewayMetrics, sequencingMetrics } from './observe/metrics.js'
import { createProcessLife, type ProcessLife } from './roles/process.js'
import { createSequencing, type Sequencing } from './roles/sequencing.js'
import type { TidingsServer } from './server.js'

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

async function open(made: Made): Promise<TidingsServer> {
  let sequencing: Sequencing | undefined
  const running = runningOf(made, () => void sequencing?.foldAgain())
  const { config, log } = made
  const services = await openPorts(running.parts, running.metrics)
  const serving = await openServingRoles(running, services)
  const stopped = new StoppedPartitions(log, running.metrics.partitionsStopped)
  if (config.roles.includes('sequencer')) sequencing = sequencingOver(running, services, stopped)
  return serve(running, services, { serving, sequencing, stopped })
}

/** The roles `api` and `gateway`, and what goes with either. */
async function openServingRoles(
  { parts, metrics, processId, traces, steps, verify, options, closers }: Running,
  { ports, postgres, redis, store }: OpenPorts,
): Promise<OpenServing | undefined> {
  if (verify === undefined) return undefined
  const serving = await openServing({
    parts,
    metrics,
    processId,
    traces,
    steps,
    verify,
    hooks: options.hooks,
    ports,
    postgres,
    redis,
  })
  const house = await keepHouse(postgres, parts.environment, store.erase)
  closers.add(() => house.close())
  return serving
}

function sequencingOver(
  { config, options, metrics, steps, parts }: Running,
  { ports, store }: OpenPorts,
  stopped: StoppedPartitions,
): Sequencing {
  const { hooks } = options
  return createSequencing(ports, {
    // at least 1: what is not fed yet is not committed
    commitLagMs: Math.max(1, config.commitLagMs, store.minCommitLagMs),
    lookupTimeoutMs: LOOKUP_TIMEOUT_MS,
    ...sequencingMetrics(metrics),
    steps,
    onTrouble: parts.onTrouble,
    alarms: stopped,
    onFatal: parts.onFatal,
    ...(hooks?.afterStored !== undefined && { afterStored: hooks.afterStored.bind(hooks) }),
  })
}

async function serve(running: Running, services: OpenPorts, roles: Roles): Promise<TidingsServer> {
  const { config, metrics, fatal, closers } = running
  const { serving } = roles
  let closing: Promise<void> | undefined
  const isClosing = () => closing !== undefined
  const app = await openApp(running, services, roles, isClosing)
  const life = await startLife(running, services, roles)
  const http = createHttpWays({
    config,
    routing: app.routing,
    gateway: config.roles.includes('gateway') ? serving?.roles.gateway : undefined,
    isClosing,
    log: running.log,
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
    backup: refuseBackup,
    onFatal: (listener) => fatal.listen(listener),
    close: ending,
    [Symbol.asyncDispose]: ending,
  }
}

/** The roles begin, last: whatever else there is to do would keep the partitions waiting that are given to this process. */
async function startLife(
  { metrics, parts, devLogin, closers }: Running,
  { commandLog }: OpenPorts,
  { serving, sequencing }: Roles,
): Promise<ProcessLife> {
  const life = createProcessLife({ log: commandLog, serving: serving?.roles, sequencing })
  closers.add(() => life.close())
  await life.start()
  if (sequencing !== undefined) {
    const watch = tellLag(commandLog, metrics, parts)
    closers.add(() => watch.close())
  }
  if (devLogin !== undefined && serving !== undefined) {
    // it waits for a sequencer, which may come later than this process
    makeFirstChannel(serving.admin).catch((error: unknown) => parts.onTrouble('devLogin', error))
  }
  return life
}

async function refuseBackup(): Promise<never> {
  throw new StartError(
    'The data of a cluster lies in its store, its database and its log.',
    'Use their own tools to back it up.',
  )
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
