/** A whole life of a server in a process of its own, which must end by itself after it: says `closed` at close(), and what is left. */
import { createServer } from '../../../src/index.js'
import { Session } from '../../support/session.js'

const [dataDir, ending] = process.argv.slice(2)
if (dataDir === undefined) throw new Error('usage: lives-and-ends.ts DATA_DIR (idle|busy)')
const tidings = await createServer({
  dataDir,
  authenticate: (token) => token,
  logLevel: 'silent',
  drainTimeoutMs: 200,
  hooks: { beforeAccept: () => ({ allow: true }), afterStored: () => undefined },
})
await tidings.admin.upsertWorkspace({ workspaceId: 'w' })
await tidings.admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
const { url } = await tidings.listen({ port: 0 })
if (ending === 'busy') {
  const session = await Session.greeted(url, 'alice')
  await session.sends('c', 'hello')
  // asked and never read to the end
  void fetch(`${url}/v1/me`, { headers: { authorization: 'Bearer alice' } }).catch(() => undefined)
  void session.sends('c', 'in flight').catch(() => undefined)
  await fetch(`${url}/metrics`)
}
await tidings.close()
// pipes are its output; clients of its own end a moment later
const left = process
  .getActiveResourcesInfo()
  .filter((one) => ending === 'idle' && one !== 'PipeWrap')
process.stdout.write(`${['closed', ...left].join(', left: ')}\n`)
