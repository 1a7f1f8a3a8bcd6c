import { nodeEnvironment } from '../adapters/node/environment.js'
import { logOptionsOf } from '../cluster/log-options.js'
import type { Config } from '../config/fields.js'
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

async function withRegistry(
  config: Config,
  run: (registry: LogRegistry) => Promise<number>,
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
    return await run(createSqlLogRegistry(postgres.driver))
  } finally {
    await postgres.close()
  }
}
