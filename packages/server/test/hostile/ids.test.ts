import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'
import { type Received, Session } from '../support/session.js'

let server: TestServer
let alice: Session
let count = 0
beforeAll(async () => {
  server = await startTestServer({ frameRatePerS: 100_000 })
  await server.tidings.admin.upsertWorkspace({ workspaceId: 'w' })
  await server.tidings.admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
  alice = await Session.greeted(server.url, 'alice')
})
afterAll(async () => {
  await alice.end()
  await server.end()
})

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

const command = (over: object) => ({
  type: 'message.send',
  channel_id: 'c',
  client_msg_id: `m${++count}`,
  first_try_ts: Date.now(),
  text: 'x',
  ...over,
})
/** Says an envelope that has no usable `ref`, and resolves to the answer: the next thing that comes. */
async function answerTo(envelope: object): Promise<Received> {
  const before = alice.received.length
  alice.say(envelope)
  await alice.asks({ type: 'ping', ts: 1 })
  return alice.received[before]
}

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

describe('a number that is none', () => {
  it.each<[string, unknown]>([
    ['2^53', 2 ** 53],
    ['a huge one', 1e300],
    ['negative', -1],
    ['a fraction', 1.5],
    ['a text', '1'],
    ['null', null],
    ['an array', [1]],
  ])('[P-12] %s is refused wherever a number stands', async (_, bad) => {
    for (const [frame, field] of [
      [command({ first_try_ts: bad }), 'first_try_ts'],
      [command({ epoch: bad }), 'epoch'],
      [command({ reply_to: { seq: bad, message_id: 'm' } }), 'reply_to.seq'],
      [command({ type: 'message.edit', target_seq: bad, target_message_id: 'm' }), 'target_seq'],
      [
        { type: 'backfill.request', ref: 'r', channel_id: 'c', direction: 'forward', limit: bad },
        'limit',
      ],
      [
        {
          type: 'backfill.request',
          ref: 'r',
          channel_id: 'c',
          direction: 'forward',
          limit: 1,
          after_seq: bad,
        },
        'after_seq',
      ],
      [{ type: 'ping', ts: bad }, 'ts'],
      [{ type: 'channels.list', limit: bad }, 'limit'],
    ] as const) {
      const answer = await answerTo(frame)
      expect([field, answer]).toMatchObject([field, { type: 'error', code: 'invalid_frame' }])
      expect(answer.message.startsWith(`${field}: `)).toBe(true)
    }
  })

  it('written as 1e400 or -0 does no harm', async () => {
    for (const number of ['1e400', '-0', '0.0', '1E2']) {
      const answer = await answerTo(JSON.parse(`{"type":"ping","ts":${number}}`))
      expect(['pong', 'error']).toContain(answer.type)
    }
    alice.say('{"type":"ping","ts":1e400}')
    alice.say(
      '{"type":"backfill.request","ref":"x","channel_id":"c","direction":"forward","limit":1e400}',
    )
    expect(await alice.asks({ type: 'ping', ts: 2 })).toMatchObject({ type: 'pong', ts: 2 })
  })

  it('numbers far above every head are an empty page and a reset, never a harm', async () => {
    const page = await alice.asks({
      type: 'backfill.request',
      channel_id: 'c',
      direction: 'forward',
      after_seq: Number.MAX_SAFE_INTEGER,
      limit: 1,
    })
    expect(page).toMatchObject({ type: 'message.backfill', messages: [], has_more: false })
    expect(page.from_seq).toBe(Number.MAX_SAFE_INTEGER)
    const session = await Session.greeted(server.url, 'alice', {
      lastSeqMap: { c: [Number.MAX_SAFE_INTEGER, 1] },
    })
    const entry = session.received[0].channels.find((one: Received) => one.channel_id === 'c')
    expect(entry.from_seq).toBe(entry.head_seq)
    await session.end()
  })
})

describe('text', () => {
  it('[P-13] of lone surrogates is refused, in metadata and its keys too', async () => {
    for (const over of [
      { text: 'a\ud800' },
      { metadata: { a: '\udfff' } },
      { metadata: { '\ud800': 1 } },
      { metadata: { a: [{ b: '\ud800' }] } },
      { attachments: [{ url: 'u', name: '\ud800' }] },
    ]) {
      const answer = await answerTo(command(over))
      expect(answer).toMatchObject({ type: 'error', code: 'invalid_frame' })
    }
  })

  it('[P-13] of everything else is carried unchanged', async () => {
    const everything = Array.from({ length: 0x2_0000 / 64 }, (_, i) => i * 64)
      .filter((point) => point < 0xd800 || point > 0xdfff)
      .map((point) => String.fromCodePoint(point))
      .join('')
    for (const text of [
      '\u0000',
      everything,
      '👨‍👩‍👧',
      '\u202e\u2066',
      'a\r\nb\t',
      '"\\/',
      '\u2028',
    ]) {
      const ack = await alice.sends('c', text)
      const page = await alice.asks({
        type: 'backfill.request',
        channel_id: 'c',
        direction: 'forward',
        after_seq: ack.channel_seq - 1,
        limit: 1,
      })
      expect(page.messages[0].text).toBe(text)
      expect(
        (await alice.hears('message.new', (one) => one.channel_seq === ack.channel_seq)).text,
      ).toBe(text)
    }
  })

  it.each<[string, object, string]>([
    ['10,001 units', { text: 'x'.repeat(10_001) }, 'msg_too_long'],
    ['40,961 bytes', { text: `${'漢'.repeat(13_653)}xx` }, 'msg_too_long'],
    ['metadata of 4,097 bytes', { metadata: { a: 'x'.repeat(4_089) } }, 'msg_too_long'],
    [
      'metadata nested too deep',
      { metadata: JSON.parse(`${'{"a":'.repeat(17)}1${'}'.repeat(17)}`) },
      'invalid_frame',
    ],
    ['11 attachments', { attachments: Array(11).fill({ url: 'u' }) }, 'invalid_frame'],
  ])('[P-46] of %s is refused', async (_, over, code) => {
    expect(await answerTo(command(over))).toMatchObject({ type: 'error', code })
  })

  it('at its bounds is taken', async () => {
    for (const over of [
      { text: 'x'.repeat(10_000) },
      { text: '🙂'.repeat(5_000) },
      { metadata: { a: 'x'.repeat(4_088) } },
      { metadata: JSON.parse(`${'{"a":'.repeat(16)}1${'}'.repeat(16)}`) },
      { attachments: Array(10).fill({ url: 'u'.repeat(2_048) }) },
    ]) {
      expect(await alice.sends('c', 'x', over)).toMatchObject({ type: 'message.ack' })
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
