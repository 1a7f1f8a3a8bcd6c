import type { Hooks } from './acceptance/hooks.js'
import { createMemoryCommandLog } from './adapters/memory/command-log.js'
import {
  createMemoryNodeLeases,
  createMemoryRateLimiter,
  createMemoryTokenRevocation,
} from './adapters/memory/limits.js'
import { createMemoryPresence } from './adapters/memory/presence.js'
import { createMemoryPushBus } from './adapters/memory/push.js'
import { createMemoryRoutes } from './adapters/memory/routes.js'
import { nodeEnvironment } from './adapters/node/environment.js'
import { createMemoryUse } from './adapters/node/memory.js'
import { randomHex } from './adapters/node/random-text.js'
import { createSqlDirectory } from './adapters/sql/directory.js'
import { createSqlMessageStore } from './adapters/sql/message-store.js'
import { createSqlReceipts } from './adapters/sql/receipts.js'
import { type OpenDataDir, openDataDir } from './adapters/sql/sqlite/open.js'
import { createAdmin } from './admin/admin.js'
import type { AuthenticateOption } from './auth/authenticator.js'
import { createDevLogin, type DevLogin } from './auth/dev-login.js'
import type { Authenticator } from './auth/port.js'
import { rememberingUsers } from './auth/remembering-users.js'
import { cachingAuthenticator } from './auth/token-cache.js'
import { authenticatorOf } from './compose/authenticator.js'
import { controlOf } from './compose/control.js'
import { openEmbeddedApi } from './compose/embedded-api.js'
import { makeFirstChannel } from './compose/first-channel.js'
import { createHttpWays } from './compose/http.js'
import { checkEmbeddedOptions } from './config/embedded-options.js'
import type { Config } from './config/fields.js'
import { loadConfig } from './config/load.js'
import { requireSupportedNode } from './config/node-version.js'
import { acceptanceSettings, gatewaySettings } from './config/settings.js'
import { type Core, type CorePorts, createCore } from './core.js'
import { backup } from './maintenance/backup.js'
import { countLimits } from './observe/counted-limits.js'
import { FatalSignal } from './observe/fatal.js'
import { createLogger, type Logger } from './observe/log.js'
import {
  createMetrics,
  gatewayMetrics,
  type Metrics,
  sequencingMetrics,
} from './observe/metrics.js'
import { createStepLog, labelsOfError } from './observe/steps.js'
import { timed } from './observe/timed.js'
import { createTroubleLog } from './observe/trouble.js'
import { NODE_NUMBERS } from './ports/limits.js'
import type { TidingsServer } from './server.js'
import { createTraces, type Traces } from './trace/traces.js'

export interface EmbeddedOptions {
  /** How tokens become users; left out, the settings say (authSecret, authJwksUrl, devLogin). */
  readonly authenticate?: AuthenticateOption
  readonly hooks?: Hooks
  /** A pino logger of yours; left out, JSON lines on standard output at `logLevel`. */
  readonly logger?: Logger
}

/** The settings as an object, and what only code can say. Every setting has a default. */
export type ServerOptions = Partial<Config> & EmbeddedOptions

/**
 * The embedded server: everything in this process, data in `dataDir`. Rejects with UnsupportedNode on a Node that
 * is too old, with ConfigError for a wrong setting, and with DataDirInUse, DataDirNotWritable, DataDirNewer or DataDirBroken for a folder that cannot
 * be used; nothing is left open then.
 */
export async function createServer(options: ServerOptions = {}): Promise<TidingsServer> {
  requireSupportedNode()
  const { authenticate, hooks, logger, ...settings } = options
  const config = loadConfig({ name: 'the options of createServer', values: settings })
  return createServerFromConfig(config, { authenticate, hooks, logger })
}

/** The same from a configuration that was loaded elsewhere. */
export async function createServerFromConfig(
  config: Config,
  options: EmbeddedOptions,
): Promise<TidingsServer> {
  checkEmbeddedOptions(options)
  if (config.log === 'kafka') {
    // what a cluster needs is not even read by the embedded server
    const { createClusterServer } = await import('./compose-cluster.js')
    return createClusterServer(config, options)
  }
  const environment = nodeEnvironment
  const log = options.logger ?? createLogger(config.logLevel)
  const devLogin = config.devLogin
    ? createDevLogin(process.env.NODE_ENV, environment.now)
    : undefined
  const verify = authenticatorOf(config, options.authenticate, devLogin)
  const fatal = new FatalSignal()
  const data = await openDataDir({
    dataDir: config.dataDir,
    environment,
    readers: config.readerWorkers,
    onTrouble: (health) => {
      log.error({ health }, 'the data file is in trouble')
      if (health.state === 'failed')
        fatal.raise(new Error(`the data file failed: ${health.reason}`))
    },
  })
  try {
    return await serverOver({
      config,
      options,
      log,
      devLogin,
      verify,
      fatal,
      data,
      metrics: createMetrics(),
      traces: createTraces(randomHex),
    })
  } catch (error) {
    await data.close()
    throw error
  }
}

/** What all parts of the process share. */
export interface Made {
  readonly config: Config
  readonly options: EmbeddedOptions
  readonly log: Logger
  readonly devLogin: DevLogin | undefined
  readonly verify: Authenticator
  readonly fatal: FatalSignal
  readonly data: OpenDataDir
  readonly metrics: Metrics
  readonly traces: Traces
}

async function serverOver(made: Made): Promise<TidingsServer> {
  const ports = await portsOf(made)
  const core = coreOver(ports, made)
  await core.start()
  try {
    return await open(core, ports, made)
  } catch (error) {
    await core.close({ folds: false })
    throw error
  }
}

/** What must outlive the process is in the data file, what need not is in memory. */
async function portsOf({ verify, data, metrics }: Made): Promise<CorePorts> {
  const environment = nodeEnvironment
  const directory = createSqlDirectory(data.driver, environment)
  const store = createSqlMessageStore(data.driver)
  const commandLog = createMemoryCommandLog({
    environment,
    generation: data.installation.generation,
    partitions: data.installation.partitions,
  })
  return {
    environment,
    log: {
      ...commandLog,
      append: timed(commandLog.append, metrics.appendSeconds, environment.monotonicNow),
    },
    store: {
      ...store,
      write: timed(store.write, metrics.storeWriteSeconds, environment.monotonicNow),
    },
    directory,
    bus: createMemoryPushBus(),
    routes: createMemoryRoutes(),
    limiter: countLimits(createMemoryRateLimiter(environment), metrics.limited),
    revocation: createMemoryTokenRevocation(environment),
    lease: await createMemoryNodeLeases(Math.floor(environment.random() * NODE_NUMBERS)).acquire(),
    authenticator: cachingAuthenticator(rememberingUsers(verify, directory), environment.now),
    presence: createMemoryPresence(environment),
    receipts: createSqlReceipts(data.driver),
  }
}

function coreOver(ports: CorePorts, { config, options, log, fatal, metrics, traces }: Made): Core {
  const { environment } = ports
  return createCore(ports, {
    processId: EMBEDDED,
    hooks: options.hooks,
    acceptance: acceptanceSettings(config),
    gateway: gatewaySettings(config),
    gatewayMetrics: gatewayMetrics(metrics),
    memoryUsed: createMemoryUse(environment),
    ackTimeoutMs: config.ackTimeoutMs,
    onChangesGivenUp: (changes, why) => metrics.changesGivenUp.inc({ why }, changes),
    ...sequencingMetrics(metrics),
    traces,
    steps: createStepLog(log, EMBEDDED),
    onTrouble: createTroubleLog(log, environment),
    onFatal: (error) => {
      log.fatal({ ...labelsOfError(error), err: error }, 'this process must not go on')
      fatal.raise(error)
    },
  })
}

/** The ways in, over a core that runs. */
async function open(core: Core, ports: CorePorts, made: Made): Promise<TidingsServer> {
  const { config, fatal, data, metrics, traces } = made
  let closing: Promise<void> | undefined
  let closed = false
  const isClosing = () => closing !== undefined
  const admin = createAdmin({ ...core, traces, isClosed: () => closed })
  if (made.devLogin !== undefined) await makeFirstChannel(admin)
  const api = await openEmbeddedApi(core, ports, made, isClosing)
  const http = createHttpWays({
    config,
    routing: api.routing,
    gateway: core.gateway,
    isClosing,
    log: made.log,
    onRefused: gatewayMetrics(metrics).refusedConnection,
  })
  const control = await controlOf(data)

  async function close(): Promise<void> {
    const { drainTimeoutMs } = config
    await core.close({ drainTimeoutMs, folds: fatal.error === undefined })
    closed = true
    await http.closeOwn(CLOSE_TIMEOUT_MS)
    await api.close()
    http.closeUpgrades()
    await control.close()
    await data.close()
  }
  const ending = (): Promise<void> => {
    closing ??= close()
    return closing
  }
  return {
    listen: http.listen,
    attach: http.attach,
    fastify: http.fastify,
    handle: http.handle,
    admin,
    async backup(wanted) {
      await backup(data, { ...wanted, environment: nodeEnvironment })
    },
    onFatal: (listener) => fatal.listen(listener),
    close: ending,
    [Symbol.asyncDispose]: ending,
  }
}

/** The one process of an embedded server. */
const EMBEDDED = 'embedded'
/** How long requests in flight may take once everything else has ended. */
const CLOSE_TIMEOUT_MS = 5_000
