import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'

let server: TestServer
let ids = 0
const newId = () => `id-${++ids}`
const C = '/v1/channels/c'
beforeAll(async () => {
  server = await startTestServer()
  const { admin } = server.tidings
  await admin.upsertWorkspace({ workspaceId: 'w' })
  await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
  for (const userId of ['bob', 'carol']) await admin.upsertMember({ channelId: 'c', userId })
})
afterAll(() => server.end())

const send = (body: object, as = 'alice') => server.call(as, 'POST', `${C}/messages`, body)
const headOf = async () => (await server.call('alice', 'GET', C)).body.data.head_seq

describe('[P-90] a send over REST', () => {
  it('is answered with its number when it is durable, and is there to read', async () => {
    const answer = await send({ text: 'hello', metadata: { a: [1, null] } })
    expect(answer.status).toBe(201)
    const { channel_seq, message_id } = answer.body.data
    expect(answer.body.data).toMatchObject({ channel_id: 'c', deduplicated: false })
    const page = await server.call('bob', 'GET', `${C}/messages?around=${channel_seq}&limit=1`)
    expect(page.body.data.messages).toMatchObject([
      { text: 'hello', message_id, user_id: 'alice', metadata: { a: [1, null] } },
    ])
  })

  it('reaches sockets as the event that a socket makes', async () => {
    const bob = await Session.greeted(server.url, 'bob')
    const id = newId()
    const { channel_seq, message_id, ts } = (await send({ text: 'live', client_msg_id: id })).body
      .data
    expect(await bob.hears('message.new', (event) => event.client_msg_id === id)).toEqual({
      type: 'message.new',
      channel_id: 'c',
      channel_seq,
      message_count: expect.any(Number),
      message_id,
      user_id: 'alice',
      client_msg_id: id,
      text: 'live',
      ts,
    })
    await bob.end()
  })

  it('[P-38] I3: of the same client_msg_id is the same message, over REST and sockets alike', async () => {
    const id = newId()
    const first = (await send({ text: 'once', client_msg_id: id })).body.data
    const again = await send({ text: 'another text', client_msg_id: id })
    expect([again.status, again.body.data]).toEqual([201, { ...first, deduplicated: true }])
    const alice = await Session.greeted(server.url, 'alice')
    const ack = await alice.sends('c', 'once more', { client_msg_id: id })
    expect(ack).toMatchObject({
      type: 'message.ack',
      channel_seq: first.channel_seq,
      message_id: first.message_id,
      deduplicated: true,
    })
    await alice.end()
    expect(await headOf()).toBe(first.channel_seq)
  })

  it('[P-38] of the same id at the same time has one effect', async () => {
    const id = newId()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => send({ text: `try ${i}`, client_msg_id: id })),
    )
    expect(new Set(answers.map(({ body }) => body.data.channel_seq)).size).toBe(1)
    expect(answers.filter(({ body }) => !body.data.deduplicated)).toHaveLength(1)
  })

  it('of the same id by another user is another message', async () => {
    const id = newId()
    const seqs = await Promise.all(
      ['alice', 'bob'].map(
        async (as) => (await send({ text: 'x', client_msg_id: id }, as)).body.data.channel_seq,
      ),
    )
    expect(new Set(seqs).size).toBe(2)
  })

  it('[P-40] of long ago or of the future is refused before it is logged', async () => {
    const day = 24 * 3_600_000
    const old = await send({ text: 'x', first_try_ts: Date.now() - 6 * day - 1_000 })
    expect([old.status, old.body.error]).toMatchObject([
      410,
      { code: 'send_too_old', outcome: 'unknown' },
    ])
    const future = await send({ text: 'x', first_try_ts: Date.now() + 6 * 60_000 })
    expect([future.status, future.body.error.code]).toEqual([400, 'send_from_future'])
    expect((await send({ text: 'x', first_try_ts: Date.now() - 5 * day })).status).toBe(201)
  })

  it.each<[string, object, number, string]>([
    ['too long a text', { text: 'x'.repeat(10_001) }, 413, 'msg_too_long'],
    ['too many bytes', { text: '漢'.repeat(14_000) }, 413, 'msg_too_long'],
    ['too much metadata', { text: '', metadata: { a: 'x'.repeat(4_096) } }, 413, 'msg_too_long'],
    [
      'escapes that grow',
      { text: '\u0001'.repeat(10_000), attachments: growing },
      413,
      'msg_too_long',
    ],
    ['a lone surrogate', { text: '\ud800' }, 400, 'invalid_frame'],
    ["an id of the server's own", { text: '', client_msg_id: '~1' }, 400, 'invalid_frame'],
    ['no text', {}, 400, 'invalid_frame'],
    [
      'a reply to nothing',
      { text: '', reply_to: { seq: 9_000, message_id: 'm' } },
      404,
      'not_found',
    ],
  ])('[P-46] with %s is refused', async (_, body, status, code) => {
    const before = await headOf()
    const answer = await send(body)
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
    expect(await headOf()).toBe(before)
  })

  it('of an empty text, of control characters and of every plane is carried unchanged', async () => {
    for (const text of [
      '',
      '\u0000\u001f\u007f',
      '👩‍👩‍👧‍👦 שלום é',
      '\u{10ffff}\ufffe',
      'x'.repeat(10_000),
    ]) {
      const { channel_seq } = (await send({ text })).body.data
      const page = await server.call('bob', 'GET', `${C}/messages?around=${channel_seq}&limit=1`)
      expect(page.body.data.messages[0].text).toBe(text)
    }
  })
})

const growing = Array.from({ length: 3 }, () => ({ url: '\u0001'.repeat(2_048) }))

describe('[P-90] other commands over REST', () => {
  const sent = async (as = 'alice') => (await send({ text: 'a message' }, as)).body.data
  const target = ({ channel_seq, message_id }: { channel_seq: number; message_id: string }) => ({
    path: `${C}/messages/${channel_seq}`,
    query: `?message_id=${message_id}`,
    message_id,
  })

  it('an edit takes a number, a repeat of it does not', async () => {
    const { path, message_id } = target(await sent())
    const body = { message_id, text: 'new', client_msg_id: newId() }
    const first = await server.call('alice', 'PATCH', path, body)
    expect(first.body.data).toMatchObject({ message_id, deduplicated: false })
    const again = await server.call('alice', 'PATCH', path, body)
    expect(again.body.data).toEqual({ ...first.body.data, deduplicated: true })
  })

  it('[P-44] a change of nothing says noop and has no number', async () => {
    const { path, query } = target(await sent())
    const react = (method: string) => server.call('bob', method, `${path}/reactions/%2B1${query}`)
    expect((await react('PUT')).body.data).toHaveProperty('channel_seq')
    const again = (await react('PUT')).body.data
    expect(again).toMatchObject({ noop: true })
    expect(again).not.toHaveProperty('channel_seq')
    expect((await react('DELETE')).body.data).toHaveProperty('channel_seq')
    expect((await react('DELETE')).body.data).toMatchObject({ noop: true })
  })

  it('[P-42] another message at that number is not found', async () => {
    const { path } = target(await sent())
    const answer = await server.call('alice', 'DELETE', `${path}?message_id=another`)
    expect([answer.status, answer.body.error.code]).toEqual([404, 'not_found'])
    for (const seq of ['0', '-1', 'x', '1.5', '9007199254740992']) {
      const wrong = await server.call('alice', 'DELETE', `${C}/messages/${seq}?message_id=m`)
      expect([seq, wrong.status]).toEqual([seq, 400])
    }
  })

  it('[P-45] what is deleted can be neither edited nor reacted to', async () => {
    const { path, query, message_id } = target(await sent())
    expect((await server.call('alice', 'DELETE', path + query)).status).toBe(200)
    const edit = await server.call('alice', 'PATCH', path, { message_id, text: 'x' })
    expect([edit.status, edit.body.error.code]).toEqual([409, 'conflict'])
    const react = await server.call('bob', 'PUT', `${path}/reactions/x${query}`)
    expect([react.status, react.body.error.code]).toEqual([409, 'conflict'])
    expect((await server.call('alice', 'DELETE', path + query)).body.data.noop).toBe(true)
  })

  it('[P-38] a rejection is remembered like an answer', async () => {
    const { path, message_id } = target(await sent('bob'))
    const body = { message_id, text: 'mine now', client_msg_id: newId() }
    for (let i = 0; i < 2; i++) {
      const answer = await server.call('alice', 'PATCH', path, body)
      expect([answer.status, answer.body.error.code]).toEqual([403, 'forbidden'])
    }
  })

  it('emoji of several units, of percent signs and of slashes are one path segment', async () => {
    const { path, query } = target(await sent())
    for (const emoji of ['👩‍👩‍👧‍👦', '%', 'a/b', '+1', '?', '#', ' ']) {
      const url = `${path}/reactions/${encodeURIComponent(emoji)}${query}`
      expect((await server.call('bob', 'PUT', url)).status).toBe(200)
    }
    const seq = Number(path.split('/').at(-1))
    const page = await server.call('bob', 'GET', `${C}/messages?around=${seq}&limit=1`)
    const emojis = page.body.data.messages[0].reactions.map((one: { emoji: string }) => one.emoji)
    expect(emojis.sort()).toEqual(['👩‍👩‍👧‍👦', '%', 'a/b', '+1', '?', '#', ' '].sort())
  })
})
