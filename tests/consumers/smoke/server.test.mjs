import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createClient } from '@tidings/sdk'
import { createServer } from '@tidings/server'

test('a message goes from one client to another through an embedded server', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tidings-smoke-'))
  const server = await createServer({ dataDir, authenticate: async (token) => ({ userId: token }) })
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
  await server.admin.upsertUser({ userId: 'alice' })
  await server.admin.upsertUser({ userId: 'bob' })
  await server.admin.upsertWorkspace({ workspaceId: 'home' })
  await server.admin.upsertChannel({ channelId: 'general', workspaceId: 'home', kind: 'public' })
  for (const userId of ['alice', 'bob']) {
    await server.admin.upsertMember({ channelId: 'general', userId })
  }
  const open = (userId) =>
    createClient({
      url: `ws://127.0.0.1:${port}/v1/ws`,
      userId,
      getToken: async () => userId,
      storage: 'memory',
    })
  const alice = open('alice')
  const bob = open('bob')
  try {
    const received = new Promise((resolve) => bob.channel('general').on('message', resolve))
    await bob.channel('general').ready()
    const sent = await alice.channel('general').send('Hello')
    const message = await received
    assert.equal(message.text, 'Hello')
    assert.equal(message.channelSeq, sent.channelSeq)
  } finally {
    await Promise.all([alice.close(), bob.close()])
    await server.close()
    await rm(dataDir, { recursive: true, force: true })
  }
})
