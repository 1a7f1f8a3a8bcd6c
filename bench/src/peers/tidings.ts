/** The whole embedded server on a new folder: everything is durable before it is delivered. Limits are off, and it never leaves live delivery. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from '@tidings/server'

const [channels = '1', members = '500', folder] = process.argv.slice(2)
const dataDir = folder ?? mkdtempSync(join(tmpdir(), 'tidings-bench-'))
const tidings = await createServer({
  dataDir,
  authenticate: (token) => token,
  logLevel: 'silent',
  sendRatePerS: 0,
  channelRatePerS: 0,
  frameRatePerS: 1_000_000,
  requestRatePerS: 0,
  pullAboveEventsPerS: 0,
  connectionRatePerS: 1_000_000,
  maxConnectionsPerIp: 1_000_000,
  maxUnauthenticatedPerIp: 1_000_000,
  drainTimeoutMs: 0,
  serverKeys: ['a-key-for-the-benchmark-of-32-characters'],
})
await tidings.admin.upsertWorkspace({ workspaceId: 'w' })
for (let c = 0; c < Number(channels); c++) {
  const channelId = `c${c}`
  await tidings.admin.upsertChannel({ workspaceId: 'w', channelId })
  const ids = Array.from({ length: Number(members) }, (_, i) => `u${c * Number(members) + i}`)
  await Promise.all(ids.map((userId) => tidings.admin.upsertMember({ channelId, userId })))
}
process.once('SIGTERM', () => {
  void tidings.close().then(() => {
    if (folder === undefined) rmSync(dataDir, { recursive: true, force: true })
    process.exit(0)
  })
})
const { port } = await tidings.listen({ port: 0 })
process.send?.({ port })
