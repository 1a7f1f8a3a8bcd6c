/** The server that is killed: a process of its own, on the port and data folder that it is told. */
import { createServer } from '@tidings/server'

const [port, dataDir] = process.argv.slice(2)
if (port === undefined || dataDir === undefined) throw new Error('usage: server.ts PORT DATA_DIR')
const tidings = await createServer({
  dataDir,
  authenticate: (token) => token,
  logLevel: 'silent',
  sendRatePerS: 0,
  channelRatePerS: 0,
  frameRatePerS: 1_000,
})
await tidings.admin.upsertWorkspace({ workspaceId: 'w' })
for (const channelId of (process.env.TIDINGS_KILL_CHANNELS ?? '').split(',')) {
  await tidings.admin.upsertChannel({ workspaceId: 'w', channelId })
  for (const userId of (process.env.TIDINGS_KILL_USERS ?? '').split(',')) {
    await tidings.admin.upsertMember({ channelId, userId })
  }
}
await tidings.listen({ port: Number(port) })
process.send?.('ready')
