import { nodeEnvironment } from '../adapters/node/environment.js'
import type { OpenDataDir } from '../adapters/sql/sqlite/open.js'
import { backup } from '../maintenance/backup.js'
import { startControl } from '../maintenance/control.js'

/** What other commands ask of a running server: how it is, and a backup. */
export function controlOf(data: OpenDataDir): ReturnType<typeof startControl> {
  const environment = nodeEnvironment
  return startControl(
    data,
    {
      status: () => ({
        pid: process.pid,
        generation: data.installation.generation,
        health: data.driver.health().state,
      }),
      backup: (wanted) => backup(data, { ...wanted, environment }),
    },
    environment,
  )
}
