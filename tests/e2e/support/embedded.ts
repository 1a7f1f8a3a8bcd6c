import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@tidings/sdk'
import { createRestClient, type RestClient } from '@tidings/sdk/rest'
import { createServer, type TidingsServer } from '@tidings/server'
import { nodeEnvironment } from '../../../packages/server/src/adapters/node/environment.js'
import { restore } from '../../../packages/server/src/maintenance/restore.js'
import { Line } from './line.js'
import type { Device, System, SystemOptions } from './system.js'

const SERVER_KEY = 'the-key-of-the-platform-in-these-tests'

interface Token {
  readonly userId: string
  readonly expiresAt?: number
}

/** One server in this process, its data in a folder, real sockets between. */
export async function startEmbedded(options: SystemOptions): Promise<System> {
  const { tokenLifeMs, sendRatePerS = 0, sendBurst = 20, socketBufferMaxBytes } = options
  const folder = await mkdtemp(join(tmpdir(), 'tidings-e2e-'))
  const dataDir = join(folder, 'data')
  const devices: Device[] = []
  let server: TidingsServer | undefined
  let port = 0
  let backups = 0

  async function start(): Promise<void> {
    server = await createServer({
      dataDir,
      logLevel: 'silent',
      serverKeys: [SERVER_KEY],
      authenticate: (token) => JSON.parse(token) as Token,
      sendRatePerS,
      sendBurst,
      channelRatePerS: 0,
      requestRatePerS: 0,
      frameRatePerS: 10_000,
      drainTimeoutMs: 100,
      ...(socketBufferMaxBytes !== undefined && { socketBufferMaxBytes }),
    })
    port = (await server.listen({ port })).port
  }
  async function stop(): Promise<void> {
    await server?.close()
    server = undefined
  }
  await start()

  const tokenFor = (userId: string): string => {
    const expiresAt = tokenLifeMs === undefined ? undefined : Date.now() + tokenLifeMs
    return JSON.stringify({ userId, expiresAt } satisfies Token)
  }
  const rest = (getToken: () => string): RestClient =>
    createRestClient({ url: `http://127.0.0.1:${port}/v1`, getToken })
  const platform = rest(() => SERVER_KEY)
  await platform.workspaces.put('home', {})

  return {
    platform,
    as: (userId) => rest(() => tokenFor(userId)),
    async channel(channelId, ...userIds) {
      const [ownerId] = userIds
      await platform.channels.put('home', channelId, {
        kind: 'private',
        ...(ownerId !== undefined && { ownerId }),
      })
      for (const userId of userIds.slice(1)) await platform.channels.putMember(channelId, userId)
    },
    device(userId, more) {
      const line = new Line()
      const asked: string[] = []
      const client = createClient({
        url: `ws://127.0.0.1:${port}/v1/ws`,
        userId,
        storage: 'memory',
        WebSocket: line.WebSocket,
        getToken({ reason }) {
          asked.push(reason)
          return tokenFor(userId)
        },
        ...more,
      })
      const device = { client, line, tokensAsked: () => asked }
      devices.push(device)
      return device
    },
    stop,
    start,
    async backup() {
      const to = join(folder, `backup-${++backups}`)
      if (server === undefined) throw new Error('nothing serves')
      await server.backup({ to })
      return { folder: to }
    },
    async restore(backup) {
      if (server !== undefined) throw new Error('it must be stopped')
      await restore({ from: backup.folder, dataDir, force: true, environment: nodeEnvironment })
    },
    async end() {
      await Promise.all(devices.map(({ client }) => client.close()))
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
