import { afterAll, describe, expect, it } from 'vitest'
import { type Received, Session } from '../support/session.js'
import { command, greetAlice } from './alice.js'

const { server, answerTo, end } = await greetAlice()
afterAll(end)

const controls = Array.from(
  { length: 33 },
  (_, i) => `a${String.fromCharCode(i === 32 ? 127 : i)}b`,
)
const BAD_IDS: readonly unknown[] = [
  ...controls,
  '',
  '.',
  '..',
  '__proto__',
  'x'.repeat(65),
  '\ud800',
  'a\udc00b',
  '🙂'.repeat(33),
  7,
  null,
  true,
  ['c'],
  { id: 'c' },
]
const ODD_IDS: readonly string[] = [
  ' ',
  '...',
  'a/b',
  '../../etc',
  '%2e%2e',
  "'; DROP TABLE events; --",
  '$where',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '{"a":1}',
  '<script>',
  '\u0085\u2028\u2029\ufeff',
  'ａ',
  'e\u0301',
  'é',
  '🙂'.repeat(32),
  '\u202eevil',
  '漢'.repeat(64),
  '-0',
  '1e3',
  'null',
  'A',
  'a',
]

describe('an id that is none', () => {
  it.each(['channel_id', 'client_msg_id', 'ref'])(
    '[P-11] is refused as %s, and the connection stays',
    async (field) => {
      for (const bad of BAD_IDS) {
        const answer = await answerTo(command({ [field]: bad }))
        expect([bad, answer]).toMatchObject([
          bad,
          { type: 'error', code: 'invalid_frame', retryable: false },
        ])
        expect(answer.message).toMatch(new RegExp(`^${field}: `))
        expect(answer).not.toHaveProperty(field)
      }
    },
  )

  it('[P-11] is refused as device_id and as a channel of hello', async () => {
    for (const bad of BAD_IDS) {
      const fields: object[] = [{ device_id: bad, last_seq_map: {} }]
      if (typeof bad === 'string' && bad !== '__proto__') {
        fields.push({ device_id: 'd', last_seq_map: { [bad]: 0 } })
      }
      for (const over of fields) {
        const session = await Session.open(server.url, 'alice')
        session.say({ type: 'hello', ...over })
        expect([bad, await session.closed()]).toEqual([bad, 4400])
        expect(session.received).toMatchObject([{ code: 'invalid_frame' }])
      }
    }
  })

  it('[P-3] __proto__ as a key anywhere ends the connection', async () => {
    for (const text of [
      '{"type":"hello","device_id":"d","last_seq_map":{"__proto__":1}}',
      '{"type":"hello","device_id":"d","last_seq_map":{},"x":[{"\\u005f_proto__":1}]}',
    ]) {
      const session = await Session.open(server.url, 'alice')
      session.say(text)
      expect(await session.closed()).toBe(4400)
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('an id that is odd', () => {
  it('is carried unchanged through everything, and told apart from its likes', async () => {
    const { admin } = server.tidings
    for (const id of ODD_IDS) {
      await admin.upsertChannel({ workspaceId: 'w', channelId: id, ownerId: id })
    }
    for (const id of ODD_IDS) {
      const session = await Session.greeted(server.url, id, { lastSeqMap: { [id]: 0 } })
      expect(session.received[0]).toMatchObject({
        user_id: id,
        channels: [{ channel_id: id, head_seq: 1, role: 'owner' }],
        gone: [],
      })
      const ack = await session.sends(id, `I am ${id}`, { client_msg_id: id })
      expect(ack).toMatchObject({
        type: 'message.ack',
        channel_id: id,
        client_msg_id: id,
        channel_seq: 2,
      })
      expect(await session.sends(id, 'again', { client_msg_id: id })).toMatchObject({
        deduplicated: true,
      })
      const react = await session.asks({
        ...command({ type: 'reaction.add', channel_id: id, emoji: id }),
        target_seq: 2,
        target_message_id: ack.message_id,
      })
      expect(react).toMatchObject({ type: 'message.ack' })
      const page = await session.asks({
        type: 'backfill.request',
        channel_id: id,
        direction: 'forward',
        limit: 10,
      })
      expect(page.messages).toMatchObject([
        { type: 'member.joined', user_id: id },
        { text: `I am ${id}`, user_id: id, reactions: [{ emoji: id, count: 1, user_ids: [id] }] },
        { type: 'reaction.added', emoji: id },
      ])
      await session.end()
    }
  })
})

describe('hello', () => {
  it('[P-20] [P-22] of 500 odd channels is answered for each', async () => {
    const named = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`${i}\u2028"\\${'é'.repeat(10)}`, i % 2 ? i : [i, 3]]),
    ) as Record<string, number | [number, number]>
    const session = await Session.greeted(server.url, 'alice', { lastSeqMap: named })
    const [ack] = session.received
    expect(ack.gone.map((one: Received) => one.channel_id).sort()).toEqual(
      Object.keys(named).sort(),
    )
    expect(ack.resume).toBe('partial')
    await session.end()
  })

  it('[P-20] of 501 channels, or above 48 KiB, is refused', async () => {
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`c${i}`, 0]))
    const session = await Session.open(server.url, 'alice')
    session.say({ type: 'hello', device_id: 'd', last_seq_map: many })
    expect([await session.closed(), session.received[0].code]).toEqual([4400, 'invalid_frame'])
    const large = await Session.open(server.url, 'alice')
    large.say({
      type: 'hello',
      device_id: 'd',
      last_seq_map: {},
      capabilities: [],
      x: 'x'.repeat(49_152),
    })
    expect([await large.closed(), large.received[0].code]).toEqual([1009, 'payload_too_large'])
  })
})
