import { nodeEnvironment } from '../adapters/node/environment.js'
import type { OpenPostgres } from '../adapters/sql/postgres/open.js'
import { logOptionsOf } from '../cluster/log-options.js'
import type { Config } from '../config/fields.js'
import { createLogger } from '../observe/log.js'
import type { LogRegistry } from '../ports/log-registry.js'
import { UsageError } from './arguments.js'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Shows the generations of the log, and how far each partition of the current one is read. */
export async function showLog(config: Config): Promise<number> {
  return withRegistry(config, async (registry) => {
    const { showLog: show } = await import('../adapters/kafka/show.js')
    const { generations, offsets } = await show(logOptionsOf(config, nodeEnvironment, registry))
    if (generations.length === 0) say('There is no log yet: it is made when a server starts.')
    for (const { generation, status, topic, partitions, rulesVersion } of generations) {
      say(
        `generation ${generation}  ${status}  ${topic}  ${partitions} partitions  rules version ${rulesVersion}`,
      )
    }
    offsets.forEach(({ earliest, end, committed }, partition) => {
      const lag = end - (committed ?? earliest)
      say(
        `  partition ${partition}: offsets ${earliest} to ${end}, committed ${committed ?? 'nothing'}, lag ${lag}`,
      )
    })
    return 0
  })
}

/** R10: moves the running installation to a new generation of the log, of `kafkaPartitions` partitions. */
export async function moveLog(config: Config): Promise<number> {
  return withRegistry(config, async (registry) => {
    const { moveLog: move } = await import('../adapters/kafka/move.js')
    const opened = await move({
      ...logOptionsOf(config, nodeEnvironment, registry),
      onProgress: say,
    })
    say(`The log has moved to generation ${opened.generation}, topic ${opened.topic}.`)
    return 0
  })
}

/** R10: begins a new log, with new epochs in all channels, after the old one was lost or the store restored. */
export async function renewLog(config: Config, force: boolean): Promise<number> {
  if (!force) {
    throw new UsageError(
      'tidings log renew gives up what the log holds and the store does not. Stop every process of the cluster, then say --force.',
    )
  }
  return withRegistry(config, async (registry, postgres) => {
    const [{ renewLog: renew }, { newEpochs }, { openStore }, { createClosers }] =
      await Promise.all([
        import('../adapters/kafka/renew.js'),
        import('../cluster/new-epochs.js'),
        import('../cluster/services.js'),
        import('../cluster/closers.js'),
      ])
    const closers = createClosers()
    const log = createLogger(config.logLevel)
    try {
      const { store } = await openStore(
        {
          config,
          environment: nodeEnvironment,
          log,
          closers,
          onTrouble: (where, error) => log.warn({ err: error, where }, 'trouble'),
          onFatal: (error) => log.fatal({ err: error }, 'trouble'),
          onForgetful: () => undefined,
        },
        postgres,
      )
      const opened = await renew({
        ...logOptionsOf(config, nodeEnvironment, registry),
        first: newEpochs(postgres.driver, store, nodeEnvironment.now()),
        onProgress: say,
      })
      say(`Generation ${opened.generation} of the log is open, topic ${opened.topic}.`)
      say(
        'Every channel begins a new epoch there. Start the sequencers; when tidings log shows no lag, start the others.',
      )
      return 0
    } finally {
      await closers.closeAll()
    }
  })
}

async function withRegistry(
  config: Config,
  run: (registry: LogRegistry, postgres: OpenPostgres) => Promise<number>,
): Promise<number> {
  const { postgresUrl } = config
  if (config.log !== 'kafka' || postgresUrl === undefined) {
    throw new UsageError('tidings log needs the settings of a cluster: log kafka and postgresUrl.')
  }
  const { openPostgres } = await import('../adapters/sql/postgres/open.js')
  const { createSqlLogRegistry } = await import('../adapters/sql/log-registry.js')
  const postgres = await openPostgres({
    url: postgresUrl,
    environment: nodeEnvironment,
    schema: config.postgresSchema,
    allowUnsafe: config.allowUnsafePostgres,
  })
  try {
    return await run(createSqlLogRegistry(postgres.driver), postgres)
  } finally {
    await postgres.close()
  }
}
