import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { said, start } from './children.js'
import { rowOf } from './rows.js'
import type { Target, TargetOptions } from './target.js'

/** One embedded server, in a process of its own. */
export async function openEmbedded(options: TargetOptions): Promise<Target> {
  const dataDir = join(options.folder, 'data')
  const port = String(await freePort())
  let server: ChildProcess | undefined

  async function revive(): Promise<void> {
    server = start('server.ts', [port, dataDir], {
      TIDINGS_KILL_CHANNELS: options.channelIds.join(','),
      TIDINGS_KILL_USERS: options.userIds.join(','),
    })
    await said(server, 'ready')
  }
  async function kill(): Promise<string> {
    if (server?.kill('SIGKILL')) await once(server, 'exit')
    return 'the server'
  }
  await revive()

  return {
    url: `http://127.0.0.1:${port}`,
    tokenFor: (userId) => userId,
    // also while clients are still on their way back
    mustMove: false,
    kill,
    revive,
    async rows() {
      await kill()
      const database = new DatabaseSync(join(dataDir, 'tidings.db'), { readOnly: true })
      const rows = database.prepare('SELECT channel_id, epoch, channel_seq, event FROM events')
      const found = rows.all().map(rowOf)
      database.close()
      return found
    },
    async end() {
      server?.kill('SIGKILL')
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
