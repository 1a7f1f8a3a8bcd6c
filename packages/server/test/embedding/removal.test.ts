import { afterEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'
import { type Received, Session } from '../support/session.js'
import { until } from '../support/wait.js'

let server: TestServer
afterEach(() => server.end())

async function start(): Promise<void> {
  server = await startTestServer({ frameRatePerS: 10_000 })
  const { admin } = server.tidings
  await admin.upsertWorkspace({ workspaceId: 'w' })
  await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', kind: 'private', ownerId: 'alice' })
}
const seqsOf = (session: Session): number[] =>
  session.received
    .filter(
      (envelope: Received) => envelope.channel_seq !== undefined && envelope.channel_id === 'c',
    )
    .map((envelope: Received) => envelope.channel_seq)

describe('a removed member', () => {
  it('[P-30] I8: gets nothing above their member.left once the removal is answered, while others go on sending', async () => {
    await start()
    const { admin } = server.tidings
    const alice = await Session.greeted(server.url, 'alice')
    let sending = true
    const chatter = (async () => {
      for (let i = 0; sending; i++) await alice.sends('c', `message ${i}`)
    })()
    for (let round = 0; round < 15; round++) {
      await admin.upsertMember({ channelId: 'c', userId: 'bob' })
      const devices = await Promise.all(
        ['phone', 'laptop'].map((deviceId) => Session.greeted(server.url, 'bob', { deviceId })),
      )
      for (const bob of devices) await until('bob hears alice', () => seqsOf(bob).length > 2)
      await admin.removeMember({ channelId: 'c', userId: 'bob' })
      // everything written before is here before the answer to this
      for (const bob of devices) await bob.asks({ type: 'ping', ts: round })
      const heard = devices.map((bob) => bob.received.length)
      const headNow = (await admin.history({ channelId: 'c', limit: 1 })).head_seq
      for (const bob of devices) {
        const [removed] = bob.all('channel.removed')
        expect(removed).toMatchObject({ channel_id: 'c', reason: 'kicked' })
        expect(Math.max(...seqsOf(bob))).toBe(removed.last_seq)
        expect(bob.all('member.left').at(-1)).toMatchObject({ channel_seq: removed.last_seq })
      }
      await until('others go on', async () => {
        const page = await admin.history({ channelId: 'c', limit: 1 })
        return page.head_seq > headNow + 3
      })
      for (const [i, bob] of devices.entries()) {
        await bob.asks({ type: 'ping', ts: round })
        // nothing but the pong
        expect(bob.received.length).toBe((heard[i] ?? 0) + 1)
        await bob.end()
      }
    }
    sending = false
    await chatter
    await alice.end()
  })

  it('[P-30] [P-69] has no way in any more: backfill, history, list, send, hello', async () => {
    await start()
    const { admin } = server.tidings
    await admin.upsertMember({ channelId: 'c', userId: 'bob' })
    const bob = await Session.greeted(server.url, 'bob')
    await admin.removeMember({ channelId: 'c', userId: 'bob' })
    const refused = { type: 'error', code: 'channel_not_found' }
    expect(
      await bob.asks({
        type: 'backfill.request',
        channel_id: 'c',
        direction: 'forward',
        limit: 10,
      }),
    ).toMatchObject(refused)
    expect(await bob.sends('c', 'x')).toMatchObject(refused)
    expect(await bob.asks({ type: 'channels.list', channel_ids: ['c'] })).toMatchObject({
      channels: [],
    })
    expect((await server.call('bob', 'GET', '/v1/channels/c/messages')).status).toBe(404)
    expect((await server.call('bob', 'GET', '/v1/channels/c')).status).toBe(404)
    const again = await Session.greeted(server.url, 'bob', { lastSeqMap: { c: 2 } })
    expect(again.received[0]).toMatchObject({
      channels: [],
      gone: [{ channel_id: 'c', reason: 'kicked' }],
    })
    await bob.end()
    await again.end()
  })

  it('who comes back sees what their membership says, also what they missed', async () => {
    await start()
    const { admin } = server.tidings
    await admin.upsertMember({ channelId: 'c', userId: 'bob' })
    await admin.send({ channelId: 'c', userId: 'alice', text: 'before' })
    await admin.removeMember({ channelId: 'c', userId: 'bob' })
    const missed = await admin.send({ channelId: 'c', userId: 'alice', text: 'missed' })
    const bob = await Session.greeted(server.url, 'bob')
    await admin.upsertMember({ channelId: 'c', userId: 'bob', visibleFromSeq: missed.channel_seq })
    const added = await bob.hears('channel.added')
    expect(added.channel).toMatchObject({ channel_id: 'c', oldest_seq: missed.channel_seq })
    const page = await bob.asks({
      type: 'backfill.request',
      channel_id: 'c',
      direction: 'forward',
      limit: 100,
    })
    expect(page.messages.map((event: Received) => event.text ?? event.type)).toEqual([
      'missed',
      'member.joined',
    ])
    await bob.end()
  })
})
