import assert from 'node:assert/strict'
import type { LoadRequest, LoadResult, MessageStore } from '../message-store.js'
import type { StoreCase } from './message-store.js'
import { StreamBuilder } from './stream-builder.js'

const load = (store: MessageStore, request: Partial<LoadRequest> & Pick<LoadRequest, 'below'>) =>
  store.load({ channels: [], ids: [], targets: [], ...request })

/** The one channel that was asked for. */
function only(loaded: LoadResult) {
  const [channel] = loaded.channels
  assert.ok(channel, 'every channel that is asked for is answered')
  return channel
}

/** R2, R4, R5: what the fold of a batch is told. */
export function loadCases(test: StoreCase): void {
  test('R2: a channel without rows has no state', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c')
    const loaded = await load(store, { below: stream.at(0), channels: ['c'] })
    assert.deepEqual(loaded, {
      channels: [{ state: undefined, stored: undefined, above: [] }],
      ids: [],
      targets: [],
    })
  })

  test('R2: the state is that of the last row below; rows at or above are told apart', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('0').join('bob').say('2').say('3')
    await store.write(stream.batch())
    for (const [below, index] of [
      [4, 3],
      [9, 3],
      [2, 1],
      [1, 0],
    ] as const) {
      const loaded = only(await load(store, { below: stream.at(below), channels: ['c'] }))
      assert.deepEqual(loaded.state, stream.stateAfter(index))
      assert.deepEqual(loaded.stored, stream.position(3))
      const above = loaded.above.map((row) => row.channelSeq).sort()
      assert.deepEqual(above, [1, 2, 3, 4].slice(index + 1))
      for (const row of loaded.above) {
        assert.deepEqual(row.position, stream.position(row.channelSeq - 1))
        assert.equal(row.epoch, 1)
      }
    }
    const none = only(await load(store, { below: stream.at(0), channels: ['c'] }))
    assert.equal(none.state, undefined)
    assert.deepEqual(none.stored, stream.position(3))
    assert.equal(none.above.length, 4)
  })

  test('R2: the last row below is found across buckets', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c')
    for (let i = 0; i < 2_010; i++) stream.say(`${i}`)
    await store.write(stream.batch())
    for (const below of [2_010, 2_000, 1_999, 1_000, 999, 1]) {
      const loaded = only(await load(store, { below: stream.at(below), channels: ['c'] }))
      assert.deepEqual(loaded.state, stream.stateAfter(below - 1))
    }
  })

  test('R6, R10: raises of the epoch and of retention count below, and not at or above', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('0').say('1').say('2').raiseRetention(2)
    stream.raiseEpoch(2, 2, 2).say('5').raiseEpoch(4, 1, 1)
    await store.write(stream.batch())
    for (let below = 1; below <= stream.length; below++) {
      const loaded = only(await load(store, { below: stream.at(below), channels: ['c'] }))
      assert.deepEqual(loaded.state, stream.stateAfter(below - 1), `below ${below}`)
      assert.deepEqual(loaded.stored, stream.position(6))
    }
  })

  test('R2, R10: the last row below is found in the middle of epochs that start at one number', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c')
    for (let i = 0; i < 1_005; i++) stream.say(`${i}`)
    // what is void lies in a bucket of its own, above every number of the epochs that follow
    stream.raiseEpoch(2, 500, 500).say('501').say('502').raiseEpoch(3, 500, 500).say('501')
    await store.write(stream.batch())
    const rows = stream.batch().runs.flatMap((run) => run.rows)
    for (const below of [1_010, 1_009, 1_008, 1_007, 1_006, 1_005, 1_003, 1_000, 998]) {
      const loaded = only(await load(store, { below: stream.at(below), channels: ['c'] }))
      assert.deepEqual(loaded.state, stream.stateAfter(below - 1), `below ${below}`)
      const above = loaded.above.map((row) => row.position.offset).sort((a, b) => a - b)
      const expected = rows.map((row) => row.position.offset).filter((offset) => offset >= below)
      assert.deepEqual(above, expected, `at or above ${below}`)
    }
  })

  test('R10: every position of a newer generation lies above every one of an older', async (harness) => {
    const old = new StreamBuilder('c', { firstOffset: 500 }).say('old')
    await (await harness.open(1)).write(old.batch())
    const store = await harness.open(2)
    const next = new StreamBuilder('c', { generation: 2, state: old.state }).say('new')
    await store.write(next.batch())
    const before = only(await load(store, { below: next.at(0), channels: ['c'] }))
    assert.deepEqual(before.state, old.state)
    assert.deepEqual(before.above, [{ epoch: 1, channelSeq: 2, position: next.at(0) }])
    const after = only(await load(store, { below: next.at(1), channels: ['c'] }))
    assert.deepEqual(after.state, next.state)
  })

  test('R4: an id is known below the position, and not at or above', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('0').say('1')
    await store.write(stream.batch())
    const ids = [
      stream.idRow(1).id,
      stream.idRow(0).id,
      { channelId: 'c', userId: 'x', clientMsgId: 'y' },
    ]
    const all = await load(store, { below: stream.at(2), ids })
    assert.deepEqual(all.ids, [stream.idRow(1), stream.idRow(0), undefined])
    const some = await load(store, { below: stream.at(1), ids })
    assert.deepEqual(some.ids, [undefined, stream.idRow(0), undefined])
  })

  test('R4: rows of one id stand side by side: the highest below the position is told', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('0')
    const first = stream.idRow(0)
    const rejected = { status: 'rejected', code: 'not_found', message: 'It is not there.' } as const
    const noop = { status: 'noop', epoch: 3, messageId: 'm', ts: 7 } as const
    const second = { ...first, position: stream.at(5), acceptedAt: 9, result: rejected }
    const third = { ...first, position: stream.at(8), acceptedAt: 10, result: noop }
    await store.write(stream.batch())
    await store.write({ ...stream.batch(), runs: [], ids: [third] })
    await store.write({ ...stream.batch(), runs: [], ids: [second] })
    for (const [below, known] of [
      [1, first],
      [5, first],
      [6, second],
      [8, second],
      [9, third],
    ] as const) {
      const loaded = await load(store, { below: stream.at(below), ids: [first.id] })
      assert.deepEqual(loaded.ids, [known], `below ${below}`)
    }
  })

  test('R5: a target says who wrote what, wherever its own position lies', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('0', { userId: 'bob' }).join('eve').say('2')
    await store.write(stream.batch())
    const targets = [3, 1, 2, 4].map((seq) => ({ key: stream.key(seq) }))
    const plain = { deletedAt: undefined, reactionPresent: false }
    const expected = [
      { messageId: 'message-2', userId: 'ada', messageCount: 2, ...plain },
      { messageId: 'message-0', userId: 'bob', messageCount: 1, ...plain },
      { messageId: '', userId: 'eve', messageCount: 1, ...plain },
      undefined,
    ]
    assert.deepEqual((await load(store, { below: stream.at(3), targets })).targets, expected)
    assert.deepEqual((await load(store, { below: stream.at(0), targets })).targets, expected)
  })

  test('R5: a delete is told with its position, wherever that lies', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('0').say('1').remove(1)
    await store.write(stream.batch())
    const targets = [{ key: stream.key(1) }, { key: stream.key(2) }]
    for (const below of [0, 2, 3]) {
      const loaded = await load(store, { below: stream.at(below), targets })
      const deleted = loaded.targets.map((target) => target?.deletedAt)
      assert.deepEqual(deleted, [stream.position(2), undefined])
    }
  })

  test('R5: a reaction is told as of its last change below', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c')
      .say('0')
      .react(1, '👍', 'bob')
      .react(1, '👍', 'bob', false)
    stream.react(1, '👍', 'eve').react(1, '🎉', 'bob')
    await store.write(stream.batch())
    const asked = [
      { emoji: '👍', userId: 'bob' },
      { emoji: '👍', userId: 'eve' },
      { emoji: '🎉', userId: 'bob' },
      { emoji: '🎉', userId: 'eve' },
    ]
    const targets = asked.map((reaction) => ({ key: stream.key(1), reaction }))
    for (const [below, present] of [
      [1, [false, false, false, false]],
      [2, [true, false, false, false]],
      [3, [false, false, false, false]],
      [5, [false, true, true, false]],
    ] as const) {
      const loaded = await load(store, { below: stream.at(below), targets })
      assert.deepEqual(
        loaded.targets.map((target) => target?.reactionPresent),
        present,
        `below ${below}`,
      )
    }
  })

  test('R10: an effect that a later epoch made void does not count for a target', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c')
      .say('0')
      .react(1, '👍', 'bob')
      .react(1, '👍', 'bob', false)
    stream.remove(1).raiseEpoch(2, 2, 1)
    await store.write(stream.batch())
    const targets = [{ key: stream.key(1), reaction: { emoji: '👍', userId: 'bob' } }]
    const before = await load(store, { below: stream.at(4), targets })
    assert.equal(before.targets[0]?.reactionPresent, false)
    assert.deepEqual(before.targets[0]?.deletedAt, stream.position(3))
    const after = await load(store, { below: stream.at(5), targets })
    assert.equal(after.targets[0]?.reactionPresent, true)
    assert.equal(after.targets[0]?.deletedAt, undefined)
  })

  test('answers everything in the order asked, each as often as asked', async (harness) => {
    const store = await harness.open(1)
    const a = new StreamBuilder('a').say('0')
    const b = new StreamBuilder('b', { firstOffset: 1 }).say('1')
    await store.write(a.batch())
    await store.write(b.batch())
    const loaded = await load(store, {
      below: a.at(2),
      channels: ['b', 'none', 'a'],
      ids: [b.idRow(0).id, a.idRow(0).id, b.idRow(0).id],
      targets: [{ key: b.key(1) }, { key: a.key(1) }, { key: b.key(1) }],
    })
    assert.deepEqual(
      loaded.channels.map((channel) => channel.state),
      [b.state, undefined, a.state],
    )
    assert.deepEqual(loaded.ids, [b.idRow(0), a.idRow(0), b.idRow(0)])
    const messages = loaded.targets.map((target) => target?.messageId)
    assert.deepEqual(messages, ['message-1', 'message-0', 'message-1'])
  })
}
