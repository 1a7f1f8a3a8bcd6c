import { createServerFromConfig } from '../compose.js'
import type { Config } from '../config/fields.js'
import { createLogger } from '../observe/log.js'
import { labelsOfError } from '../observe/steps.js'

/**
 * Runs the server until SIGINT or SIGTERM; a second signal ends it at once. Resolves to the exit code: 1 when the server
 * could not go on, and then the last line that is logged says why.
 */
export async function serve(config: Config): Promise<number> {
  const log = createLogger(config.logLevel)
  const server = await createServerFromConfig(config, { logger: log })
  const failed = Promise.withResolvers<Error>()
  server.onFatal(failed.resolve)
  const { url } = await server.listen().catch(async (error: unknown) => {
    await server.close()
    throw error
  })
  const place = config.log === 'memory' ? { data_dir: config.dataDir } : { roles: config.roles }
  log.info({ url, ...place, pid: process.pid }, 'listening')
  const failure = await Promise.race([untilSignalled(), failed.promise])
  log.info('closing: clients are sent away, what was accepted is finished')
  if (failure === undefined) {
    await server.close()
    return 0
  }
  // whatever else fails now is not the reason
  await server.close().catch((error: unknown) => log.warn({ err: error }, 'closing'))
  log.fatal({ err: failure, ...labelsOfError(failure) }, 'ended: the server could not go on')
  return 1
}

function untilSignalled(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130))
        resolve(undefined)
      })
    }
  })
}
