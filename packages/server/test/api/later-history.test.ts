import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.end())

const workspaceId = 'w1'
let channels = 0
let channelId: string
/** An admin of a channel whose history begins later than it does for its owner. */
beforeEach(async () => {
  channelId = `c${channels++}`
  const { admin } = server.tidings
  await admin.upsertWorkspace({ workspaceId })
  await admin.upsertChannel({ workspaceId, channelId, kind: 'private', ownerId: 'olga' })
  for (const userId of ['ada', 'bob', 'carol']) {
    await admin.upsertWorkspaceMember({ workspaceId, userId })
  }
  await admin.send({ channelId, userId: 'olga', text: 'hidden' })
  await admin.upsertMember({ channelId, userId: 'ada', role: 'admin', visibleFromSeq: 3 })
})

const put = (as: string, userId: string, body: object) =>
  server.call(as, 'PUT', `/v1/channels/${channelId}/members/${userId}`, body)
const textsFor = async (as: string): Promise<string[]> => {
  const { body } = await server.call(as, 'GET', `/v1/channels/${channelId}/messages?only=messages`)
  return body.data.messages.map(({ text }: { text: string }) => text)
}

describe('an admin whose history begins later (I8)', () => {
  it('gives an earlier one to nobody, themselves included', async () => {
    for (const userId of ['ada', 'bob']) {
      const { status, body } = await put('ada', userId, { visible_from_seq: 2 })
      expect([status, body.error]).toMatchObject([403, { code: 'forbidden' }])
    }
    expect(await textsFor('ada')).toEqual([])
  })

  it('lets those whom they add begin where they do, unless it is later', async () => {
    expect((await put('ada', 'bob', {})).body.data.visible_from_seq).toBe(3)
    expect(await textsFor('bob')).toEqual([])
    expect((await put('ada', 'carol', { visible_from_seq: 5 })).body.data.visible_from_seq).toBe(5)
  })

  it('takes nothing from those who see more when they change their role', async () => {
    await put('olga', 'bob', {})
    expect((await put('ada', 'bob', { role: 'read_only' })).body.data).toEqual({
      channel_id: channelId,
      user_id: 'bob',
      role: 'read_only',
    })
    expect(await textsFor('bob')).toEqual(['hidden'])
  })

  it('is given an earlier one by who has it, and by a server key', async () => {
    expect((await put('olga', 'ada', { visible_from_seq: 1 })).status).toBe(200)
    expect(await textsFor('ada')).toEqual(['hidden'])
    expect((await put('server', 'carol', { visible_from_seq: 0 })).status).toBe(200)
    expect(await textsFor('carol')).toEqual(['hidden'])
  })
})
