import assert from 'node:assert/strict'
import type { ChannelEvent } from '@tidings/protocol'
import type { MessageStore } from '../message-store.js'
import type { StoreCase } from './message-store.js'
import { StreamBuilder } from './stream-builder.js'

async function served(store: MessageStore, channelId = 'c'): Promise<readonly ChannelEvent[]> {
  const [page] = await store.pages([{ channelId, direction: 'forward', limit: 5_000 }])
  return page?.events ?? []
}

/** Of an event, what never changes. */
function identity(event: ChannelEvent | undefined) {
  if (event === undefined || event.type === 'event.hidden') return event
  const { type, epoch, channel_seq, user_id, client_msg_id, ts } = event
  const message_id = event.type === 'message.new' ? event.message_id : undefined
  return { type, epoch, channel_seq, message_id, user_id, client_msg_id, ts }
}

const TEXTS = [
  'plain',
  '',
  ' leading, trailing and \n line\r\nbreaks\t',
  '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽',
  'e\u0301 and é, ﬁ, Å',
  'שלום עולם \u202eabc\u202c مرحبا',
  '\u0000\u0001\u001f\u007f\u2028\u2029\ufeff',
  '"quotes" \\ back\\slashes \' and `ticks`; -- %_ #{x} <b>&amp;</b>',
  '字'.repeat(10_000),
]

/** R9: what is served is as of the read. */
export function contentCases(test: StoreCase): void {
  test('I2: events are served as they were pushed, character by character', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c')
    for (const text of TEXTS) stream.say(text)
    stream.join('u').reply('an answer', 1)
    await store.write(stream.batch())
    const events = await served(store)
    assert.deepEqual(events.slice(1), stream.events.slice(1))
    assert.deepEqual(identity(events[0]), identity(stream.events[0]))
  })

  test('ids are opaque: whatever a platform brings is kept apart and unchanged', async (harness) => {
    const store = await harness.open(1)
    const names = [
      'C',
      'c',
      'c ',
      ' c',
      "c'--",
      'c"',
      'c%',
      'c_',
      'é',
      'e\u0301',
      '👍',
      '1',
      '01',
      '1.0',
    ]
    const streams = names.map((name, i) => new StreamBuilder(name, { firstOffset: i }).say(name))
    for (const stream of streams) await store.write(stream.batch())
    const heads = await store.heads(names)
    const ids = streams.map((stream) => stream.idRow(0).id)
    const below = new StreamBuilder('c').at(names.length)
    const loaded = await store.load({ below, channels: names, ids, targets: [] })
    for (const [i, stream] of streams.entries()) {
      assert.deepEqual(heads[i], { ...stream.state, channelId: stream.channelId })
      assert.deepEqual(loaded.ids[i], stream.idRow(0))
      assert.deepEqual(await served(store, stream.channelId), stream.events)
    }
  })

  test('R9: an edit shows in its message, with its number, in every page that is read afterwards', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('one').say('two').edit(1, 'uno').edit(1, 'eins')
    await store.write(stream.batch(0, 2))
    assert.deepEqual(await served(store), stream.events.slice(0, 2))
    await store.write(stream.batch(2, 3))
    const [edited, untouched, edit] = await served(store)
    assert.deepEqual(edited, { ...stream.events[0], text: 'uno', edited_seq: 3, rev: 3 })
    assert.deepEqual(untouched, stream.events[1])
    assert.deepEqual(edit, stream.events[2])
    await store.write(stream.batch(3, 4))
    const again = await served(store)
    assert.deepEqual(again[0], { ...stream.events[0], text: 'eins', edited_seq: 4, rev: 4 })
    assert.deepEqual(again[2], stream.events[2])
  })

  test('R9: a deleted message is a tombstone, and its edits lose their text', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('secret').edit(1, 'more secret').react(1, '👍', 'bob')
    stream.remove(1)
    await store.write(stream.batch())
    const events = await served(store)
    const [message, edit] = events
    assert.deepEqual(identity(message), identity(stream.events[0]))
    assert.ok(message?.type === 'message.new')
    assert.equal(message.deleted_seq, 4)
    assert.equal(message.rev, 4)
    assert.ok(!('text' in message) && !('reactions' in message))
    assert.ok(edit?.type === 'message.edited' && !('text' in edit))
    assert.ok(!JSON.stringify(events).includes('secret'))
  })

  test('[P-56] of many emoji those with the highest counts are served', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('one')
    for (let i = 0; i < 52; i++) stream.react(1, `e${i}`, 'bob')
    for (let i = 3; i < 52; i++) stream.react(1, `e${i}`, 'carol')
    await store.write(stream.batch())
    const [message] = await served(store)
    assert.ok(message?.type === 'message.new')
    const { reactions = [] } = message
    assert.equal(reactions.length, 50)
    const often = reactions.filter(({ count }) => count === 2).map(({ emoji }) => emoji)
    assert.deepEqual(
      often,
      Array.from({ length: 49 }, (_, i) => `e${i + 3}`),
    )
  })

  test('R9: reactions are counted per emoji, at most 20 users are named', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('nice').react(1, '🎉', 'bob')
    for (let i = 0; i < 25; i++) stream.react(1, '👍', `u${i}`)
    stream.react(1, '🎉', 'bob', false).react(1, '👍', 'u0', false)
    await store.write(stream.batch())
    const [message] = await served(store)
    assert.ok(message?.type === 'message.new')
    assert.equal(message.rev, 29)
    const names = Array.from({ length: 20 }, (_, i) => `u${i + 1}`)
    assert.deepEqual(message.reactions, [{ emoji: '👍', count: 24, user_ids: names }])
  })

  test('R9: replies are counted in their root', async (harness) => {
    const store = await harness.open(1)
    await store.write(new StreamBuilder('c').say('root').reply('a', 1).reply('b', 1).batch())
    const [root] = await served(store)
    assert.ok(root?.type === 'message.new')
    assert.deepEqual([root.reply_count, root.rev], [2, 3])
  })

  test('R6, R9: an event changes a message of an older bucket', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c')
    for (let i = 0; i < 1_500; i++) stream.say(`${i}`)
    stream.edit(7, 'edited').remove(1_100)
    await store.write(stream.batch())
    const [older] = await store.pages([
      { channelId: 'c', afterSeq: 6, direction: 'forward', limit: 1 },
    ])
    assert.deepEqual(older?.events, [
      { ...stream.events[6], text: 'edited', edited_seq: 1_501, rev: 1_501 },
    ])
    const [newer] = await store.pages([
      { channelId: 'c', afterSeq: 1_099, direction: 'forward', limit: 1 },
    ])
    assert.ok(newer?.events[0]?.type === 'message.new')
    assert.equal(newer.events[0].deleted_seq, 1_502)
  })

  test('R10: what a void event did to a message does not show', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('one').edit(1, 'kept').edit(1, 'void').remove(1)
    stream.raiseEpoch(2, 2, 1).react(1, '👍', 'bob')
    await store.write(stream.batch())
    const [message, edit] = await served(store)
    assert.deepEqual(message, {
      ...stream.events[0],
      text: 'kept',
      edited_seq: 2,
      rev: 3,
      reactions: [{ emoji: '👍', count: 1, user_ids: ['bob'] }],
    })
    assert.deepEqual(edit, stream.events[1])
  })
}
