import { afterAll, describe, expect, it } from 'vitest'
import { type Received, Session } from '../support/session.js'
import { command, greetAlice } from './alice.js'

const { server, alice, answerTo, end } = await greetAlice()
afterAll(end)

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
