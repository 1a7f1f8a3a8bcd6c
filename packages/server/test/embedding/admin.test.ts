import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Admin } from '../../src/index.js'
import { startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'

let server: TestServer
let admin: Admin
let count = 0
let channelId = ''
beforeAll(async () => {
  server = await startTestServer()
  admin = server.tidings.admin
  await admin.upsertWorkspace({ workspaceId: 'w', name: 'W' })
})
afterAll(() => server.end())
beforeEach(async () => {
  channelId = `c${++count}`
  await admin.upsertChannel({ workspaceId: 'w', channelId, kind: 'private', ownerId: 'alice' })
})

const typesOf = async () => {
  const { messages } = await admin.history({ channelId })
  return messages.map(({ type }) => type)
}
const refusal = (code: string) => expect.objectContaining({ name: 'OperationError', code })

describe('upserts', () => {
  it('of a user keep what is not said', async () => {
    const first = await admin.upsertUser({ userId: 'ada', name: 'Ada' })
    expect(first).toEqual({ user_id: 'ada', name: 'Ada', created_at: expect.any(Number) })
    expect(await admin.upsertUser({ userId: 'ada' })).toEqual(first)
    expect(await admin.upsertUser({ userId: 'ada', name: 'Ada L.' })).toEqual({
      ...first,
      name: 'Ada L.',
    })
  })

  it('of a workspace keep what is not said', async () => {
    const first = await admin.upsertWorkspace({ workspaceId: 'x', name: 'X' })
    expect(await admin.upsertWorkspace({ workspaceId: 'x' })).toEqual(first)
    expect(await admin.upsertWorkspace({ workspaceId: 'x', name: 'Y' })).toEqual({
      ...first,
      name: 'Y',
    })
  })

  it('of a channel are the same channel, and stand in its stream once', async () => {
    const again = () =>
      admin.upsertChannel({ workspaceId: 'w', channelId, kind: 'private', ownerId: 'alice' })
    const [first, second] = [await again(), await again()]
    expect(second).toEqual(first)
    expect(await typesOf()).toEqual(['member.joined'])
    const renamed = await admin.upsertChannel({ workspaceId: 'w', channelId, name: 'new name' })
    expect(renamed).toMatchObject({ name: 'new name', kind: 'private' })
    expect(await typesOf()).toEqual(['member.joined', 'channel.updated'])
  })

  it('of a channel in another workspace are refused', async () => {
    await admin.upsertWorkspace({ workspaceId: 'elsewhere' })
    await expect(admin.upsertChannel({ workspaceId: 'elsewhere', channelId })).rejects.toEqual(
      refusal('conflict'),
    )
  })

  it('of a member are told once, and change the role', async () => {
    for (let i = 0; i < 3; i++) await admin.upsertMember({ channelId, userId: 'bob' })
    expect(await typesOf()).toEqual(['member.joined', 'member.joined'])
    expect(await admin.upsertMember({ channelId, userId: 'bob', role: 'admin' })).toMatchObject({
      role: 'admin',
    })
    expect(await typesOf()).toEqual(['member.joined', 'member.joined', 'channel.updated'])
    expect(await admin.upsertMember({ channelId, userId: 'bob' })).toMatchObject({ role: 'admin' })
  })

  it('of a member keep their role and where their history begins, unless another is said', async () => {
    const userId = `late-${count}`
    await admin.upsertMember({ channelId, userId, role: 'read_only', visibleFromSeq: 2 })
    const kept = { role: 'read_only', visible_from_seq: 2 }
    expect(await admin.upsertMember({ channelId, userId })).toMatchObject(kept)
    await admin.upsertWorkspaceMember({ workspaceId: 'w', userId, role: 'admin' })
    expect(await admin.upsertWorkspaceMember({ workspaceId: 'w', userId })).toMatchObject({
      role: 'admin',
    })
  })

  it('at the same time are one', async () => {
    const id = `many-${count}`
    await Promise.all(
      Array.from({ length: 10 }, () =>
        admin.upsertChannel({ workspaceId: 'w', channelId: id, ownerId: 'alice' }),
      ),
    )
    await Promise.all(
      Array.from({ length: 10 }, () => admin.upsertMember({ channelId: id, userId: 'bob' })),
    )
    const { messages } = await admin.history({ channelId: id })
    expect(messages.map(({ type }) => type)).toEqual(['member.joined', 'member.joined'])
  })

  it('put whom they add into the workspace too', async () => {
    await admin.upsertMember({ channelId, userId: `new-${count}` })
    const answer = await server.call(`new-${count}`, 'GET', '/v1/workspaces')
    expect(answer.body.data.items).toMatchObject([{ workspace_id: 'w', role: 'member' }])
  })
})

describe('direct channels', () => {
  it('are found or made, whoever is named first, also at the same time', async () => {
    for (const userId of ['ann', 'ben'])
      await admin.upsertWorkspaceMember({ workspaceId: 'w', userId })
    const opened = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        admin.openDirect({ workspaceId: 'w', userIds: i % 2 ? ['ann', 'ben'] : ['ben', 'ann'] }),
      ),
    )
    expect(new Set(opened.map((channel) => channel.channel_id)).size).toBe(1)
    expect(opened[0]).toMatchObject({ kind: 'direct', user_ids: ['ann', 'ben'], member_count: 2 })
  })

  it('are between two members of the workspace', async () => {
    await expect(admin.openDirect({ workspaceId: 'w', userIds: ['ann', 'ann'] })).rejects.toEqual(
      refusal('invalid_frame'),
    )
    await expect(admin.openDirect({ workspaceId: 'w', userIds: ['ann', 'zoe'] })).rejects.toEqual(
      refusal('not_found'),
    )
  })
})

describe('messages', () => {
  it('are sent as anyone, once for each clientMsgId', async () => {
    const message = { channelId, userId: 'a-bot', text: 'hello', clientMsgId: 'welcome' }
    const first = await admin.send(message)
    expect(await admin.send(message)).toEqual({ ...first, deduplicated: true })
    const both = await Promise.all(
      [1, 2].map(() => admin.send({ channelId, userId: 'a-bot', text: 'x' })),
    )
    expect(new Set(both.map((sent) => sent.channel_seq)).size).toBe(2)
  })

  it('are edited, deleted and replied to', async () => {
    const sent = await admin.send({ channelId, userId: 'bob', text: 'first', metadata: { a: 1 } })
    const target = { channelSeq: sent.channel_seq ?? 0, messageId: sent.message_id }
    await admin.send({ channelId, userId: 'ann', text: 'answer', replyTo: target })
    await admin.edit({ channelId, userId: 'bob', target, text: 'second' })
    const { messages } = await admin.history({ channelId, onlyMessages: true })
    expect(messages).toMatchObject([
      { text: 'second', metadata: { a: 1 } },
      { text: 'answer', reply_to: { seq: sent.channel_seq, message_id: sent.message_id } },
    ])
    expect(await admin.delete({ channelId, userId: 'bob', target })).toHaveProperty('channel_seq')
    expect(await admin.delete({ channelId, userId: 'bob', target })).toMatchObject({ noop: true })
  })

  it('come with the code of why not', async () => {
    const send = (over: object) => admin.send({ channelId, userId: 'bob', text: 'x', ...over })
    await expect(send({ channelId: 'nowhere' })).rejects.toEqual(refusal('channel_not_found'))
    await expect(send({ text: 'x'.repeat(10_001) })).rejects.toEqual(refusal('msg_too_long'))
    await expect(send({ replyTo: { channelSeq: 99, messageId: 'm' } })).rejects.toEqual(
      refusal('not_found'),
    )
  })

  it.each<[string, object]>([
    ['a user id that is none', { userId: '' }],
    ['a user id with a line end', { userId: 'a\nb' }],
    ['a clientMsgId of the server’s own', { clientMsgId: '~mine' }],
    ['a clientMsgId that is too long', { clientMsgId: 'x'.repeat(65) }],
    ['a lone surrogate', { text: '\ud800' }],
    ['no text', { text: undefined }],
    ['metadata that is no JSON', { metadata: { at: new Date() } }],
    ['too much metadata', { metadata: { a: 'x'.repeat(5_000) } }],
    ['too many attachments', { attachments: Array(11).fill({ url: 'u' }) }],
  ])('are checked like those of a client: %s', async (_, over) => {
    const before = await typesOf()
    await expect(
      admin.send({ channelId, userId: 'bob', text: 'x', ...over }),
    ).rejects.toMatchObject({
      name: 'OperationError',
      code: expect.stringMatching(/^(invalid_frame|msg_too_long)$/),
    })
    expect(await typesOf()).toEqual(before)
  })
})

describe('what is no object of fields', () => {
  it.each([[], [null], ['c'], [5]])('is refused by every method: %j', async (...given) => {
    for (const [name, method] of Object.entries(admin)) {
      const call = (method as (...given: unknown[]) => Promise<unknown>)(...given)
      await expect(call, name).rejects.toMatchObject({
        name: 'OperationError',
        code: 'invalid_frame',
      })
    }
  })

  it('is named as it is written in process', async () => {
    const as = { channelId, userId: 'bob', text: 'x' }
    const wrong = { channelSeq: 0, messageId: 'm' }
    for (const [call, field] of [
      [() => admin.edit({ ...as, target: wrong }), 'target.channelSeq: '],
      [() => admin.delete({ ...as, target: { channelSeq: 1, messageId: '' } }), 'target.messageId'],
      [() => admin.send({ ...as, replyTo: { seq: 1 } as never }), 'replyTo.channelSeq: '],
      [() => admin.history({ channelId, before: null as never }), 'before: '],
      [() => admin.endSessions({ userId: 'bob', refuseForMs: null as never }), 'refuseForMs: '],
    ] as const) {
      await expect(call()).rejects.toMatchObject({ message: expect.stringContaining(field) })
    }
  })
})

describe('ids in process', () => {
  it.each(['', '.', '..', '__proto__', 'a\u0000', 'x'.repeat(65), '\ud800'])(
    'are checked like those over REST: %j',
    async (bad) => {
      const calls = [
        () => admin.upsertUser({ userId: bad }),
        () => admin.upsertWorkspace({ workspaceId: bad }),
        () => admin.upsertWorkspaceMember({ workspaceId: 'w', userId: bad }),
        () => admin.upsertChannel({ workspaceId: 'w', channelId: bad }),
        () => admin.upsertChannel({ workspaceId: 'w', channelId: 'ok', ownerId: bad }),
        () => admin.upsertMember({ channelId, userId: bad }),
      ]
      for (const call of calls) await expect(call()).rejects.toEqual(refusal('invalid_frame'))
    },
  )

  it('names and roles are checked too', async () => {
    for (const name of ['x'.repeat(201), 'half an owl \ud83e', 'a\u0000b', '']) {
      const calls = [
        () => admin.upsertUser({ userId: 'u', name }),
        () => admin.upsertWorkspace({ workspaceId: 'w', name }),
        () => admin.upsertChannel({ workspaceId: 'w', channelId, name }),
      ]
      for (const call of calls) await expect(call()).rejects.toEqual(refusal('invalid_frame'))
    }
    await expect(
      admin.upsertMember({ channelId, userId: 'u', role: 'god' as never }),
    ).rejects.toEqual(refusal('invalid_frame'))
    await expect(
      admin.upsertMember({ channelId, userId: 'u', visibleFromSeq: -1 }),
    ).rejects.toEqual(refusal('invalid_frame'))
  })
})

describe('removal', () => {
  it('of a member is told to them and to the channel, and ends what they see', async () => {
    await admin.upsertMember({ channelId, userId: 'bob' })
    const bob = await Session.greeted(server.url, 'bob')
    await admin.removeMember({ channelId, userId: 'bob' })
    expect(await bob.hears('channel.removed')).toMatchObject({
      channel_id: channelId,
      reason: 'kicked',
    })
    expect(await bob.sends(channelId, 'still here?')).toMatchObject({ code: 'channel_not_found' })
    // R13: who got no answer may ask again
    await admin.removeMember({ channelId, userId: 'bob' })
    await expect(admin.removeMember({ channelId, userId: 'nobody' })).rejects.toEqual(
      refusal('not_found'),
    )
    await bob.end()
  })

  it('from the workspace ends all its channels', async () => {
    const userId = `leaver-${count}`
    await admin.upsertChannel({ workspaceId: 'w', channelId: `${channelId}-2` })
    for (const id of [channelId, `${channelId}-2`])
      await admin.upsertMember({ channelId: id, userId })
    const session = await Session.greeted(server.url, userId)
    await admin.removeWorkspaceMember({ workspaceId: 'w', userId })
    await session.hears('channel.removed', (one) => one.channel_id === channelId)
    await session.hears('channel.removed', (one) => one.channel_id === `${channelId}-2`)
    expect((await server.call(userId, 'GET', '/v1/channels')).body.data.items).toEqual([])
    await session.end()
  })
})

describe('history', () => {
  it('is read without being a member, by number, time and kind', async () => {
    for (let i = 0; i < 5; i++) await admin.send({ channelId, userId: 'bob', text: `${i}` })
    const seqs = async (request: object) =>
      (await admin.history({ channelId, ...request })).messages.map((event) => event.channel_seq)
    expect(await seqs({})).toEqual([1, 2, 3, 4, 5, 6])
    expect(await seqs({ before: 4, limit: 2 })).toEqual([2, 3])
    expect(await seqs({ after: 4, limit: 1 })).toEqual([5])
    expect(await seqs({ onlyMessages: true, limit: 100 })).toEqual([2, 3, 4, 5, 6])
    await expect(admin.history({ channelId: 'nowhere' })).rejects.toEqual(
      refusal('channel_not_found'),
    )
    await expect(admin.history({ channelId, limit: 1_000 })).rejects.toEqual(
      refusal('invalid_frame'),
    )
  })
})
