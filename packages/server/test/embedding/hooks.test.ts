import { afterEach, describe, expect, it } from 'vitest'
import type { Hooks } from '../../src/index.js'
import { startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'

let server: TestServer
async function start(hooks: Hooks, over = {}): Promise<Session> {
  server = await startTestServer({ hooks, ...over })
  const { admin } = server.tidings
  await admin.upsertWorkspace({ workspaceId: 'w' })
  await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
  await admin.upsertMember({ channelId: 'c', userId: 'bob' })
  return Session.greeted(server.url, 'alice')
}
afterEach(() => server.end())

const post = (text: string, over = {}) =>
  server.call('alice', 'POST', '/v1/channels/c/messages', { text, ...over })
const texts = async () => {
  const { messages } = await server.tidings.admin.history({ channelId: 'c', onlyMessages: true })
  return messages.map((event) => ('text' in event ? event.text : undefined))
}

describe('beforeAccept', () => {
  it('allows, changes and refuses with a reason, over sockets and REST alike', async () => {
    const alice = await start({
      beforeAccept({ frame }) {
        if (!('text' in frame)) return { allow: true }
        if (frame.text.includes('spam')) return { allow: false, reason: 'No spam here.' }
        if (frame.text.includes('shout')) return { allow: true, text: frame.text.toUpperCase() }
        return { allow: true }
      },
    })
    expect(await alice.sends('c', 'plain')).toMatchObject({ type: 'message.ack' })
    expect(await alice.sends('c', 'shout')).toMatchObject({ type: 'message.ack' })
    expect(await alice.sends('c', 'spam')).toMatchObject({
      type: 'error',
      code: 'refused',
      message: 'No spam here.',
      retryable: false,
    })
    expect((await post('shout over http')).status).toBe(201)
    const refused = await post('spam over http')
    expect([refused.status, refused.body.error]).toMatchObject([
      422,
      { code: 'refused', message: 'No spam here.', outcome: 'rejected' },
    ])
    expect(await texts()).toEqual(['plain', 'SHOUT', 'SHOUT OVER HTTP'])
    await alice.end()
  })

  it('does not hold up pings and other channels while it thinks', async () => {
    let go = (): void => undefined
    const thinking = new Promise<void>((resolve) => {
      go = resolve
    })
    const alice = await start({
      async beforeAccept({ channelId }) {
        if (channelId === 'c') await thinking
        return { allow: true }
      },
    })
    await server.tidings.admin.upsertChannel({ workspaceId: 'w', channelId: 'd', ownerId: 'alice' })
    const waiting = alice.sends('c', 'slow')
    expect(await alice.asks({ type: 'ping', ts: 1 })).toMatchObject({ type: 'pong' })
    expect(await alice.sends('d', 'quick')).toMatchObject({ type: 'message.ack' })
    go()
    expect(await waiting).toMatchObject({ type: 'message.ack' })
    await alice.end()
  })

  it.each<[string, Hooks]>([
    ['is too slow', { beforeAccept: () => new Promise(() => undefined) }],
    ['throws', { beforeAccept: () => Promise.reject(new Error('secret detail')) }],
    [
      'throws at once',
      {
        beforeAccept: () => {
          throw new Error('secret detail')
        },
      },
    ],
    ['answers nonsense', { beforeAccept: () => 'yes' as never }],
    ['answers nothing', { beforeAccept: () => undefined as never }],
    [
      'gives text that is not well-formed',
      { beforeAccept: () => ({ allow: true, text: '\ud800' }) },
    ],
    ['authorizes too slowly', { authorize: () => new Promise(() => undefined) }],
    ['fails to authorize', { authorize: () => Promise.reject(new Error('secret detail')) }],
  ])('that %s lets nothing pass, and the client may try again', async (_, hooks) => {
    const alice = await start(hooks, { hookTimeoutMs: 50 })
    const answer = await alice.sends('c', 'hello')
    expect(answer).toMatchObject({ code: 'unavailable', retryable: true, outcome: 'not_sent' })
    expect(JSON.stringify(answer)).not.toContain('secret')
    const rest = await post('hello')
    expect([rest.status, rest.body.error.outcome]).toEqual([503, 'not_sent'])
    expect(rest.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await texts()).toEqual([])
    await alice.end()
  })
})

describe('authorize', () => {
  it('is asked with role and action after our own table', async () => {
    const asked: string[] = []
    const alice = await start({
      authorize({ userId, channelId, role, action }) {
        asked.push(`${userId} ${channelId} ${role} ${action}`)
        return action !== 'message.delete'
      },
    })
    const sent = await alice.sends('c', 'hello')
    const remove = await alice.asks({
      type: 'message.delete',
      channel_id: 'c',
      client_msg_id: 'd1',
      first_try_ts: Date.now(),
      target_seq: sent.channel_seq,
      target_message_id: sent.message_id,
    })
    expect(remove).toMatchObject({ type: 'error', code: 'forbidden', client_msg_id: 'd1' })
    expect(await alice.sends('elsewhere', 'x')).toMatchObject({ code: 'channel_not_found' })
    expect(asked).toEqual(['alice c owner message.send', 'alice c owner message.delete'])
    await alice.end()
  })

  it('is not asked about what the platform itself does', async () => {
    const alice = await start({
      authorize: () => false,
      beforeAccept: () => ({ allow: false, reason: 'no' }),
    })
    const sent = await server.tidings.admin.send({ channelId: 'c', userId: 'bob', text: 'by us' })
    expect(sent.deduplicated).toBe(false)
    expect(await alice.sends('c', 'x')).toMatchObject({ code: 'forbidden' })
    await alice.end()
  })
})

describe('afterStored', () => {
  it('is told of every event in order, after it is durable', async () => {
    const told: number[] = []
    const alice = await start({
      afterStored(events) {
        for (const event of events) if (event.channel_id === 'c') told.push(event.channel_seq)
      },
    })
    for (let i = 0; i < 20; i++) await alice.sends('c', `${i}`)
    await until('all are told', () => told.length >= 22)
    expect(told).toEqual(Array.from({ length: 22 }, (_, i) => i + 1))
    await alice.end()
  })

  it('is called on the object that it belongs to', async () => {
    class Counter implements Hooks {
      count = 0
      afterStored(): void {
        this.count += 1
      }
    }
    const counter = new Counter()
    const alice = await start(counter)
    await alice.sends('c', 'x')
    await until('it has counted', () => counter.count > 0)
    await alice.end()
  })

  it.each<[string, Hooks]>([
    ['fails', { afterStored: () => Promise.reject(new Error('no')) }],
    ['never ends', { afterStored: () => new Promise(() => undefined) }],
    [
      'throws',
      {
        afterStored: () => {
          throw new Error('no')
        },
      },
    ],
  ])('that %s holds up nobody', async (_, hooks) => {
    const alice = await start(hooks)
    for (let i = 0; i < 5; i++)
      expect(await alice.sends('c', 'x')).toMatchObject({ type: 'message.ack' })
    await alice.end()
  })
})
