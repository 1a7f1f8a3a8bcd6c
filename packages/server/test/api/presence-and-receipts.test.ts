import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  const { admin } = server.tidings
  await admin.upsertWorkspace({ workspaceId: 'w', name: 'W' })
  await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', kind: 'private', ownerId: 'alice' })
  await admin.upsertMember({ channelId: 'c', userId: 'bob' })
  for (let i = 0; i < 3; i++) await admin.send({ channelId: 'c', userId: 'alice', text: 'hello' })
})
afterAll(() => server.end())

const put = (user: string, body: object) => server.call(user, 'PUT', '/v1/presence', body)
const presence = async () => {
  const { body } = await server.call('alice', 'GET', '/v1/channels/c/presence')
  return body.data.items.map((item: { user_id: string; status: string }) => [
    item.user_id,
    item.status,
  ])
}
const receipts = async (query = '') =>
  (await server.call('alice', 'GET', `/v1/channels/c/receipts${query}`)).body.data

describe('presence over HTTP', () => {
  it('[P-98] a device without a socket counts like one with, each for itself', async () => {
    expect(await presence()).toEqual([
      ['alice', 'offline'],
      ['bob', 'offline'],
    ])
    expect((await put('bob', { status: 'online', device_id: 'phone' })).status).toBe(200)
    await put('bob', { status: 'away', device_id: 'watch' })
    expect(await presence()).toContainEqual(['bob', 'online'])
    await put('bob', { status: 'offline', device_id: 'phone' })
    expect(await presence()).toContainEqual(['bob', 'away'])
    await put('bob', { status: 'offline', device_id: 'watch' })
    const { body } = await server.call('alice', 'GET', '/v1/channels/c/presence')
    expect(body.data.items[1]).toEqual({
      user_id: 'bob',
      status: 'offline',
      last_seen: expect.any(Number),
    })
  })

  it('is paged by cursor', async () => {
    const first = await server.call('alice', 'GET', '/v1/channels/c/presence?limit=1')
    const { items, next_cursor } = first.body.data
    expect(items).toHaveLength(1)
    const path = `/v1/channels/c/presence?limit=1&cursor=${next_cursor}`
    const second = await server.call('alice', 'GET', path)
    expect(second.body.data.items).toMatchObject([{ user_id: 'bob' }])
    expect(second.body.data).not.toHaveProperty('next_cursor')
  })

  it.each([{}, { status: 'busy' }, { status: 'online', device_id: '' }])(
    '%j is refused',
    async (body) => {
      expect((await put('bob', body)).status).toBe(400)
    },
  )
})

describe('receipts over HTTP', () => {
  it('[P-91] [P-95] only rise, and are counted and listed', async () => {
    const read = (seq: number) =>
      server.call('bob', 'PUT', '/v1/channels/c/receipts', { kind: 'read', seq })
    await read(4)
    await read(3)
    expect((await receipts('?seq=4')).receipts).toContainEqual({ user_id: 'bob', read_seq: 4 })
    expect(await receipts('?seq=5')).toMatchObject({ delivered_count: 0 })
    await read(1_000)
    await server.call('bob', 'PUT', '/v1/channels/c/receipts', { kind: 'delivered', seq: 4 })
    const all = await receipts('?seq=4')
    expect(all.receipts).toContainEqual({ user_id: 'bob', read_seq: 5, delivered_seq: 4 })
    expect(all).toMatchObject({ channel_id: 'c', delivered_count: 1 })
  })

  it.each([
    ['PUT', '', { kind: 'seen', seq: 1 }],
    ['PUT', '', { kind: 'read' }],
    ['PUT', '', { kind: 'read', seq: -1 }],
    ['GET', '?seq=0', undefined],
    ['GET', '?cursor=%21', undefined],
  ])('%s %s %j is refused', async (method, query, body) => {
    const answer = await server.call('bob', method, `/v1/channels/c/receipts${query}`, body)
    expect(answer.status).toBe(400)
  })
})
