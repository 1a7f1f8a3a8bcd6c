/**
 * The server that is fuzzed, in a process of its own, so that whatever would end it is seen: nothing here catches
 * what nobody caught. Says `ready` with what there is to aim at, and measures itself when asked.
 */
import { createServer, type ServerOptions } from '@tidings/server'
import type { Ready, Target } from './target.js'

const [dataDir, secret, serverKey, settings] = process.argv.slice(2)
if (dataDir === undefined || secret === undefined || serverKey === undefined)
  throw new Error('usage: server.ts DATA_DIR SECRET SERVER_KEY SETTINGS')

const tell = (message: object): void => {
  process.send?.(message)
}
process.on('warning', (warning) => tell({ warning: String(warning.stack ?? warning) }))

const tidings = await createServer({
  dataDir,
  logLevel: 'debug',
  serverKeys: [serverKey],
  devLogin: true,
  authenticate: (token) => {
    if (!token.startsWith(secret)) throw new Error('not one of ours')
    return token.slice(secret.length)
  },
  ...(JSON.parse(settings ?? '{}') as ServerOptions),
})
const { admin } = tidings
const targets: Target[] = []

async function furnish(workspaceId: string, channelIds: readonly string[]): Promise<void> {
  await admin.upsertWorkspace({ workspaceId })
  for (const [i, channelId] of channelIds.entries()) {
    const kind = i % 2 === 0 ? 'public' : 'private'
    await admin.upsertChannel({ workspaceId, channelId, kind, ownerId: 'owner' })
    const roles = ['admin', 'member', 'member', 'read_only'] as const
    for (const [user, role] of roles.entries()) {
      // one user is in no private channel, and one sees no beginnings
      if (user === 2 && kind === 'private') continue
      await admin.upsertMember({
        channelId,
        userId: `${workspaceId}-${user}`,
        role,
        ...(user === 1 && { visibleFromSeq: 10 }),
      })
    }
    const texts = Array.from({ length: 100 }, (_, n) => `text ${n}`)
    const sent = await Promise.all(
      texts.map((text, n) => admin.send({ channelId, userId: `${workspaceId}-${n % 2}`, text })),
    )
    for (const { channel_seq = 0, message_id } of sent) {
      targets.push({ workspaceId, channelId, seq: channel_seq, messageId: message_id })
    }
  }
}
await furnish('frames', ['f0', 'f1', 'f 2/%é🙂', 'f3'])
await furnish('requests', ['r0', 'r1', 'r 2/%é🙂', 'r3'])
// nothing of this channel may ever be seen by anybody who is fuzzing
await admin.upsertWorkspace({ workspaceId: 'vault' })
await admin.upsertChannel({
  workspaceId: 'vault',
  channelId: 'vault',
  kind: 'private',
  ownerId: 'keeper',
})
await admin.send({ channelId: 'vault', userId: 'keeper', text: 'the treasure of the vault' })

const { port } = await tidings.listen({ port: 0 })
tidings.onFatal((error) => tell({ warning: `fatal: ${error.stack}` }))

process.on('message', async (message) => {
  if (message === 'measure') {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
    globalThis.gc?.()
    const { rss, heapUsed, arrayBuffers, external } = process.memoryUsage()
    tell({ measured: { rss, heapUsed, arrayBuffers, external, handles: handles() } })
  }
  if (message === 'close') {
    await tidings.close()
    process.disconnect()
  }
})

function handles(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

tell({ ready: { port, targets } satisfies Ready })
