import { createServerFromConfig } from '../compose.js'
import type { Config } from '../config/fields.js'
import { createLogger } from '../observe/log.js'

/** Runs the server until SIGINT or SIGTERM; a second signal ends it at once. Resolves to the exit code. */
export async function serve(config: Config): Promise<number> {
  const log = createLogger(config.logLevel)
  const server = await createServerFromConfig(config, { logger: log })
  const failed = Promise.withResolvers<number>()
  server.onFatal((error) => {
    log.fatal({ err: error }, 'the server cannot go on')
    failed.resolve(1)
  })
  const { url } = await server.listen().catch(async (error: unknown) => {
    await server.close()
    throw error
  })
  const place = config.log === 'memory' ? { data_dir: config.dataDir } : { roles: config.roles }
  log.info({ url, ...place, pid: process.pid }, 'listening')
  const code = await Promise.race([untilSignalled(), failed.promise])
  log.info('closing: clients are sent away, what was accepted is finished')
  await server.close()
  return code
}

function untilSignalled(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130))
        resolve(0)
      })
    }
  })
}
