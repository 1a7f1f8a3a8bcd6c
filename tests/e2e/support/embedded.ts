import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type TidingsServer } from '@tidings/server'
import { nodeEnvironment } from '../../../packages/server/src/adapters/node/environment.js'
import { restore } from '../../../packages/server/src/maintenance/restore.js'
import { identityOf } from '../../support/token.js'
import type { Place, PlaceSettings } from './place.js'

/** One server in this process, its data in a folder, real sockets between. */
export async function startEmbedded(settings: PlaceSettings): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-e2e-'))
  const dataDir = join(folder, 'data')
  const fatal: Error[] = []
  let server: TidingsServer | undefined
  let port = 0
  let backups = 0

  async function start(): Promise<void> {
    server = await createServer({ ...settings, dataDir, authenticate: identityOf })
    server.onFatal((error) => fatal.push(error))
    port = (await server.listen({ port })).port
  }
  async function stop(): Promise<void> {
    await server?.close()
    server = undefined
  }
  await start()

  return {
    get apiUrl() {
      return `http://127.0.0.1:${port}`
    },
    get gatewayUrls() {
      return [`ws://127.0.0.1:${port}/v1/ws`]
    },
    stop,
    start,
    async backup() {
      const name = join(folder, `backup-${++backups}`)
      if (server === undefined) throw new Error('nothing serves')
      await server.backup({ to: name })
      return { name }
    },
    async restore({ name }) {
      if (server !== undefined) throw new Error('it must be stopped')
      await restore({ from: name, dataDir, force: true, environment: nodeEnvironment })
    },
    async end() {
      await stop()
      await rm(folder, { recursive: true, force: true })
      if (fatal.length > 0) throw new AggregateError(fatal, 'the server could not go on')
    },
  }
}
