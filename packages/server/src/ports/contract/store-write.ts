import assert from 'node:assert/strict'
import type { Position } from '../../stream/position.js'
import {
  IdsKnown,
  type MessageStore,
  type StoreBatch,
  StoreConflict,
  StoreUnavailable,
} from '../message-store.js'
import type { StoreCase, StoreContractOptions } from './message-store.js'
import { StreamBuilder } from './stream-builder.js'

/** Everything that can be read of some channels: two stores are the same when this is. */
export async function readAll(store: MessageStore, channelIds: readonly string[]) {
  const pages = await store.pages(
    channelIds.map((channelId) => ({ channelId, direction: 'forward', limit: 5_000 })),
  )
  return { heads: await store.heads(channelIds), pages }
}

/** Writes what was folded again, as an owner does that has loaded what is stored now. */
async function writeAgain(store: MessageStore, batch: StoreBatch, below: Position): Promise<void> {
  const channels = batch.runs.map((run) => run.channelId)
  const loaded = await store.load({ below, channels, ids: [], targets: [] })
  const runs = batch.runs.map((run, i) => ({ ...run, expected: loaded.channels[i]?.stored }))
  await store.write({ ...batch, runs })
}

const eventful = () => {
  const stream = new StreamBuilder('c').say('0').say('1').reply('2', 1).edit(1, 'three')
  return stream.react(2, '👍', 'bob').edit(1, 'five').remove(2).react(1, '👍', 'eve')
}

/** I1, I4, I5, R2, R6: what becomes of a write. */
export function writeCases(test: StoreCase, { transactional }: StoreContractOptions): void {
  test('I1: what was written is there when the store is opened again', async (harness) => {
    const stream = eventful()
    const first = await harness.open(1)
    await first.write(stream.batch())
    const before = await readAll(first, ['c'])
    await first.close()
    const store = await harness.open(2)
    assert.deepEqual(await readAll(store, ['c']), before)
    const ids = [stream.idRow(0).id, stream.idRow(7).id]
    const loaded = await store.load({ below: stream.at(9), channels: ['c'], ids, targets: [] })
    assert.deepEqual(loaded.ids, [stream.idRow(0), stream.idRow(7)])
    assert.deepEqual(loaded.channels[0]?.state, stream.state)
  })

  test('R2: a batch written twice leaves what it left the first time', async (harness) => {
    const store = await harness.open(1)
    const stream = eventful()
    await store.write(stream.batch())
    const once = await readAll(store, ['c'])
    await writeAgain(store, stream.batch(), stream.at(0))
    assert.deepEqual(await readAll(store, ['c']), once)
  })

  test('R2: batches cut elsewhere leave the same', async (harness) => {
    const store = await harness.open(1)
    const stream = eventful()
    await store.write(stream.batch(0, 3))
    await store.write(stream.batch(3, 8))
    const once = await readAll(store, ['c'])
    await writeAgain(store, stream.batch(2, 6), stream.at(2))
    await writeAgain(store, stream.batch(6, 8), stream.at(2))
    assert.deepEqual(await readAll(store, ['c']), once)
  })

  test('I5: a late write of lower positions changes nothing that a higher position wrote', async (harness) => {
    const store = await harness.open(1)
    const stream = eventful()
    await store.write(stream.batch())
    const before = await readAll(store, ['c'])
    for (const to of [4, 5, 1]) await writeAgain(store, stream.batch(0, to), stream.at(0))
    assert.deepEqual(await readAll(store, ['c']), before)
    const below = stream.at(99)
    const loaded = await store.load({ below, channels: ['c'], ids: [], targets: [] })
    assert.deepEqual(loaded.channels[0]?.state, stream.state)
    assert.deepEqual(loaded.channels[0]?.stored, stream.position(7))
  })

  test('I5: retention and epochs do not go back with a late write', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('0').say('1').say('2').raiseRetention(2)
    stream.raiseEpoch(2, 2, 2).say('5')
    await store.write(stream.batch())
    const before = await readAll(store, ['c'])
    assert.deepEqual(before.heads, [{ ...stream.state, channelId: 'c' }])
    await writeAgain(store, stream.batch(0, 3), stream.at(0))
    assert.deepEqual(await readAll(store, ['c']), before)
    await writeAgain(store, stream.batch(0, 4), stream.at(0))
    assert.deepEqual(await readAll(store, ['c']), before)
  })

  test('R6: a batch may change only the state, or only remember ids', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('0').say('1').raiseRetention(2).raiseRetention(3)
    await store.write(stream.batch(0, 2))
    await store.write(stream.batch(2, 3))
    assert.equal((await store.heads(['c']))[0]?.oldestSeq, 2)
    await store.write({ ...stream.batch(3, 4), runs: [] })
    assert.equal((await store.heads(['c']))[0]?.oldestSeq, 2)
    const ids = [stream.idRow(3).id]
    const loaded = await store.load({ below: stream.at(4), channels: [], ids, targets: [] })
    assert.deepEqual(loaded.ids, [stream.idRow(3)])
  })

  test('one batch holds runs of many channels', async (harness) => {
    const store = await harness.open(1)
    const streams = Array.from({ length: 50 }, (_, i) =>
      new StreamBuilder(`c${i}`, { firstOffset: i * 2 }).say('hello').react(1, '👍', 'bob'),
    )
    const batches = streams.map((stream) => stream.batch())
    await store.write({
      generation: 1,
      partition: 0,
      runs: batches.flatMap((batch) => batch.runs),
      ids: batches.flatMap((batch) => batch.ids),
    })
    const heads = await store.heads(streams.map((stream) => stream.channelId))
    assert.deepEqual(
      heads,
      streams.map((stream) => ({ ...stream.state, channelId: stream.channelId })),
    )
  })

  test('I4: no reader ever sees a number without the one before it, while batches are written', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c')
    for (let i = 0; i < 1_200; i++) stream.say(`${i}`)
    let done = false
    const writing = (async () => {
      for (let i = 0; i < 1_200; i += 100) await store.write(stream.batch(i, i + 100))
      done = true
    })()
    let lastHead = 0
    while (!done) {
      const [page] = await store.pages([{ channelId: 'c', direction: 'forward', limit: 5_000 }])
      const headSeq = page?.asOf?.headSeq ?? 0
      assert.ok(headSeq >= lastHead, 'a head does not go back')
      lastHead = headSeq
      const seqs = page?.events.map((event) => event.channel_seq) ?? []
      assert.deepEqual(
        seqs,
        Array.from({ length: headSeq }, (_, i) => i + 1),
      )
    }
    await writing
  })

  if (transactional) conflictCases(test)
  else tornCases(test)
}

/** R6 on a store with transactions. */
function conflictCases(test: StoreCase): void {
  const other = new StreamBuilder('other', { firstOffset: 90 }).say('never')

  for (const [title, expected] of [
    ['a lower position', 0],
    ['a higher position', 9],
    ['no row at all', undefined],
  ] as const) {
    test(`R6: a batch that expects ${title} is a StoreConflict and changes nothing`, async (harness) => {
      const store = await harness.open(1)
      const stream = new StreamBuilder('c').say('0').say('1').say('2')
      await store.write(stream.batch(0, 2))
      const before = await readAll(store, ['c', 'other'])
      const wrong = stream.batch(2, 3).runs.map((run) => ({
        ...run,
        expected: expected === undefined ? undefined : stream.at(expected),
      }))
      const batch = {
        ...stream.batch(2, 3),
        runs: [...other.batch().runs, ...wrong],
        ids: [...other.batch().ids, stream.idRow(2)],
      }
      await assert.rejects(store.write(batch), StoreConflict)
      assert.deepEqual(await readAll(store, ['c', 'other']), before)
      const ids = [stream.idRow(2).id, other.idRow(0).id]
      const below = stream.at(99)
      const loaded = await store.load({ below, channels: ['other'], ids, targets: [] })
      assert.deepEqual(loaded.ids, [undefined, undefined])
      assert.equal(loaded.channels[0]?.stored, undefined)
      await store.write(stream.batch(2, 3))
      assert.equal((await store.heads(['c']))[0]?.headSeq, 3)
    })
  }

  test('R6: a batch that expects a row where there is none is a StoreConflict', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('0')
    await assert.rejects(store.write(stream.batch(0, 1, stream.at(5))), StoreConflict)
    assert.deepEqual(await store.heads(['c']), [undefined])
  })

  test('R4: a batch that takes a known id for unknown is IdsKnown, and changes nothing', async (harness) => {
    const store = await harness.open(1)
    assert.equal(store.checksUnknown, true)
    const stream = new StreamBuilder('c').say('0').say('1').say('2').say('3')
    await store.write(stream.batch(0, 2))
    const before = await readAll(store, ['c'])
    const ids = [stream.idRow(2).id, stream.idRow(1).id]
    const batch = { ...stream.batch(2, 4), unknown: { below: stream.at(2), ids } }
    await assert.rejects(store.write(batch), IdsKnown)
    assert.deepEqual(await readAll(store, ['c']), before)
    const below = stream.at(99)
    const loaded = await store.load({ below, channels: [], ids: [stream.idRow(2).id], targets: [] })
    assert.deepEqual(loaded.ids, [undefined])
    await store.write({ ...batch, unknown: { below: stream.at(2), ids: ids.slice(0, 1) } })
    assert.equal((await store.heads(['c']))[0]?.headSeq, 4)
  })

  test('R2, R4: an id that is known only at or above the position is unknown, so a batch can be written again', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('0').say('1').say('2')
    await store.write(stream.batch(0, 1))
    const batch = stream.batch(1, 3)
    const ids = [stream.idRow(1).id, stream.idRow(2).id]
    const unknown = { below: stream.at(1), ids }
    await store.write({ ...batch, unknown })
    const once = await readAll(store, ['c'])
    const runs = batch.runs.map((run) => ({ ...run, expected: stream.position(2) }))
    await store.write({ ...batch, runs, unknown })
    assert.deepEqual(await readAll(store, ['c']), once)
  })

  test('R10: the owner of an older generation can write nothing more', async (harness) => {
    const stream = new StreamBuilder('c').say('0').say('1')
    const old = await harness.open(1)
    await old.write(stream.batch(0, 1))
    await old.close()
    const store = await harness.open(2)
    const before = await readAll(store, ['c'])
    await assert.rejects(store.write(stream.batch(1, 2)), StoreConflict)
    assert.deepEqual(await readAll(store, ['c']), before)
    const next = new StreamBuilder('c', { generation: 2, state: stream.stateAfter(0) }).say('new')
    await store.write(next.batch())
    assert.equal((await store.heads(['c']))[0]?.headSeq, 2)
  })
}

/** R2, I4 on a store without transactions: a batch may stop after any of its steps. */
function tornCases(test: StoreCase): void {
  test('R2, I4: a batch torn after any step holds no number without the one before, and written whole heals', async (harness) => {
    const stream = new StreamBuilder('c')
    for (let i = 0; i < 998; i++) stream.say(`${i}`)
    // 999 and 1000 lie in two buckets, and 1001 changes a message of the first
    stream.say('at 999').say('at 1000').edit(5, 'edited').remove(999)
    const store = await harness.open(1)
    await store.write(stream.batch(0, 998))
    const tail = stream.batch(998, 1_002)
    for (let steps = 0; ; steps++) {
      harness.tearNextWrite?.(steps)
      const whole = await store.write(tail).then(
        () => true,
        (error: unknown) => {
          assert.ok(error instanceof StoreUnavailable)
          return false
        },
      )
      const { pages, heads } = await readAll(store, ['c'])
      const seqs = pages[0]?.events.map((event) => event.channel_seq)
      const head = heads[0]?.headSeq ?? 0
      assert.deepEqual(
        seqs,
        Array.from({ length: head }, (_, i) => i + 1),
      )
      const below = stream.at(998)
      const { channels } = await store.load({ below, channels: ['c'], ids: [], targets: [] })
      assert.deepEqual(channels[0]?.state, stream.stateAfter(997), 'what is below stays found')
      const above = channels[0]?.above.map((row) => row.channelSeq).sort((a, b) => a - b) ?? []
      assert.deepEqual(
        above,
        above.map((_, i) => 999 + i),
      )
      if (whole) break
      assert.ok(steps < 100, 'a batch has an end')
    }
    const before = await readAll(store, ['c'])
    assert.deepEqual(before.heads, [{ ...stream.state, channelId: 'c' }])
    await store.write(tail)
    assert.deepEqual(await readAll(store, ['c']), before)
  })
}
