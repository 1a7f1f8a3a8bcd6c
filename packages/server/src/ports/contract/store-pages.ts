import assert from 'node:assert/strict'
import type { MessageStore, Page, PageQuery } from '../message-store.js'
import type { StoreCase } from './message-store.js'
import { StreamBuilder } from './stream-builder.js'

async function ask(store: MessageStore, query: Partial<PageQuery>): Promise<Page> {
  const full = { channelId: 'c', direction: 'forward', limit: 100, ...query } as const
  const [page] = await store.pages([full])
  assert.ok(page, 'every query is answered')
  return page
}

const seqsOf = (page: Page) => page.events.map((event) => event.channel_seq)
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

function says(count: number, channelId = 'c', firstOffset = 0): StreamBuilder {
  const stream = new StreamBuilder(channelId, { firstOffset })
  for (let i = 0; i < count; i++) stream.say(`${i + 1}`)
  return stream
}

/** I6, R14: heads and pages. */
export function pageCases(test: StoreCase): void {
  test('heads are answered in the order asked; a channel without events has none', async (harness) => {
    const store = await harness.open(1)
    const a = says(2, 'a')
    const b = says(1, 'b', 2)
    await store.write(a.batch())
    await store.write(b.batch())
    const heads = await store.heads(['b', 'none', 'a', 'b'])
    const ofB = { ...b.state, channelId: 'b' }
    assert.deepEqual(heads, [ofB, undefined, { ...a.state, channelId: 'a' }, ofB])
    assert.deepEqual(await store.heads([]), [])
  })

  test('I6: a page of a channel without events says so', async (harness) => {
    const store = await harness.open(1)
    const page = await ask(store, {})
    assert.equal(page.asOf, undefined)
    assert.deepEqual(page.events, [])
    assert.ok(page.fromSeq > page.toSeq)
    assert.equal(page.hasMore, false)
  })

  test('I6: forward pages cover the range without a hole, and say when it ends', async (harness) => {
    const store = await harness.open(1)
    const stream = says(7)
    await store.write(stream.batch())
    const first = await ask(store, { limit: 3 })
    assert.deepEqual(first.asOf, { ...stream.state, channelId: 'c' })
    assert.deepEqual(seqsOf(first), [1, 2, 3])
    assert.deepEqual([first.fromSeq, first.toSeq, first.hasMore], [1, 3, true])
    const last = await ask(store, { afterSeq: 3, limit: 4 })
    assert.deepEqual(seqsOf(last), [4, 5, 6, 7])
    assert.deepEqual([last.fromSeq, last.toSeq, last.hasMore], [4, 7, false])
  })

  test('I6: backward pages begin at the other end and are ascending too', async (harness) => {
    const store = await harness.open(1)
    await store.write(says(7).batch())
    const first = await ask(store, { direction: 'backward', limit: 3 })
    assert.deepEqual(seqsOf(first), [5, 6, 7])
    assert.deepEqual([first.fromSeq, first.toSeq, first.hasMore], [5, 7, true])
    const last = await ask(store, { direction: 'backward', beforeSeq: 5, limit: 9 })
    assert.deepEqual(seqsOf(last), [1, 2, 3, 4])
    assert.deepEqual([last.fromSeq, last.toSeq, last.hasMore], [1, 4, false])
  })

  test('I6: both bounds are exclusive, in both directions', async (harness) => {
    const store = await harness.open(1)
    await store.write(says(9).batch())
    const bounds = { afterSeq: 2, beforeSeq: 7 }
    for (const [direction, limit, seqs, covered] of [
      ['forward', 9, [3, 4, 5, 6], [3, 6, false]],
      ['backward', 9, [3, 4, 5, 6], [3, 6, false]],
      ['forward', 4, [3, 4, 5, 6], [3, 6, false]],
      ['forward', 2, [3, 4], [3, 4, true]],
      ['backward', 2, [5, 6], [5, 6, true]],
    ] as const) {
      const page = await ask(store, { ...bounds, direction, limit })
      assert.deepEqual(seqsOf(page), seqs)
      assert.deepEqual([page.fromSeq, page.toSeq, page.hasMore], covered)
    }
  })

  test('I6: an empty range is an empty page that states the head', async (harness) => {
    const store = await harness.open(1)
    const stream = says(3)
    await store.write(stream.batch())
    const bounds = [
      { afterSeq: 3 },
      { afterSeq: 50 },
      { afterSeq: 1, beforeSeq: 2 },
      { beforeSeq: 1 },
    ]
    for (const bound of bounds) {
      for (const direction of ['forward', 'backward'] as const) {
        const page = await ask(store, { ...bound, direction })
        assert.deepEqual(page.asOf, { ...stream.state, channelId: 'c' })
        assert.deepEqual(page.events, [])
        assert.ok(page.fromSeq > page.toSeq, JSON.stringify(bound))
        assert.equal(page.hasMore, false)
      }
    }
  })

  test('R6: what lies below the oldest number is not served', async (harness) => {
    const store = await harness.open(1)
    await store.write(says(6).raiseRetention(4).batch())
    const forward = await ask(store, { limit: 2 })
    assert.deepEqual(seqsOf(forward), [4, 5])
    assert.deepEqual([forward.fromSeq, forward.hasMore], [4, true])
    const backward = await ask(store, { direction: 'backward' })
    assert.deepEqual(seqsOf(backward), [4, 5, 6])
    assert.deepEqual([backward.fromSeq, backward.hasMore], [4, false])
  })

  test('pages cross buckets in both directions', async (harness) => {
    const store = await harness.open(1)
    await store.write(says(2_050).batch())
    const forward = await ask(store, { afterSeq: 990, limit: 20 })
    assert.deepEqual(seqsOf(forward), range(991, 1_010))
    const backward = await ask(store, { direction: 'backward', beforeSeq: 2_005, limit: 1_100 })
    assert.deepEqual(seqsOf(backward), range(905, 2_004))
    assert.deepEqual([backward.fromSeq, backward.toSeq, backward.hasMore], [905, 2_004, true])
    const edge = await ask(store, { afterSeq: 999, limit: 1 })
    assert.deepEqual(seqsOf(edge), [1_000])
  })

  test('R10: pages cross epochs: each number once, of the newest epoch that holds it, older epochs named', async (harness) => {
    const store = await harness.open(1)
    const stream = says(6).raiseEpoch(2, 4, 4).say('b5').say('b6').say('b7')
    stream.raiseEpoch(3, 6, 6).say('c7').say('c8')
    await store.write(stream.batch())
    const expected = ['1', '2', '3', '4', 'b5', 'b6', 'c7', 'c8']
    const epochs = [1, 1, 1, 1, 2, 2, 3, 3]
    for (const direction of ['forward', 'backward'] as const) {
      const page = await ask(store, { direction })
      assert.deepEqual(seqsOf(page), range(1, 8))
      assert.deepEqual(
        page.events.map((event) => (event.type === 'message.new' ? event.text : '')),
        expected,
      )
      assert.deepEqual(
        page.events.map((event) => event.epoch ?? 1),
        epochs,
      )
      assert.equal(page.asOf?.epoch, 3)
    }
    const back = await ask(store, { direction: 'backward', beforeSeq: 6, limit: 2 })
    assert.deepEqual(seqsOf(back), [4, 5])
    assert.deepEqual([back.fromSeq, back.toSeq, back.hasMore], [4, 5, true])
  })

  test('I6: only messages: the limit counts messages, the covered range says what was looked at', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('1').join('a').say('3').join('b').join('c').say('6')
    stream.join('d').join('e')
    await store.write(stream.batch())
    const forward = await ask(store, { onlyMessages: true, limit: 2 })
    assert.deepEqual(seqsOf(forward), [1, 3])
    assert.equal(forward.fromSeq, 1)
    assert.ok(forward.toSeq >= 3 && forward.toSeq < 6 && forward.hasMore)
    const rest = await ask(store, { onlyMessages: true, afterSeq: forward.toSeq })
    assert.deepEqual(seqsOf(rest), [6])
    assert.deepEqual([rest.fromSeq, rest.toSeq, rest.hasMore], [forward.toSeq + 1, 8, false])
    const backward = await ask(store, { onlyMessages: true, direction: 'backward', limit: 1 })
    assert.deepEqual(seqsOf(backward), [6])
    assert.equal(backward.toSeq, 8)
    assert.ok(backward.fromSeq > 3 && backward.fromSeq <= 6 && backward.hasMore)
    const none = await ask(store, { onlyMessages: true, afterSeq: 6 })
    assert.deepEqual(none.events, [])
    assert.deepEqual([none.fromSeq, none.toSeq, none.hasMore], [7, 8, false])
  })

  test('I6, I7: a search for messages ends, and its pages together cover everything', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c').say('first')
    for (let i = 0; i < 4_500; i++) stream.join(`u${i}`)
    stream.say('last')
    await store.write(stream.batch())
    const found: number[] = []
    let beforeSeq = 4_503
    for (let pages = 0; ; pages++) {
      assert.ok(pages < 20, 'each page covers something')
      const query = { onlyMessages: true, direction: 'backward', beforeSeq, limit: 10 } as const
      const page = await ask(store, query)
      assert.equal(page.toSeq, beforeSeq - 1)
      found.push(...seqsOf(page))
      if (!page.hasMore) break
      assert.ok(page.fromSeq <= page.toSeq)
      beforeSeq = page.fromSeq
    }
    assert.deepEqual(found, [4_502, 1])
  })

  test('several pages are answered in the order asked', async (harness) => {
    const store = await harness.open(1)
    await store.write(says(3, 'a').batch())
    await store.write(says(2, 'b', 3).batch())
    const pages = await store.pages([
      { channelId: 'b', direction: 'forward', limit: 10 },
      { channelId: 'none', direction: 'forward', limit: 10 },
      { channelId: 'a', direction: 'backward', limit: 1 },
      { channelId: 'b', direction: 'backward', limit: 1 },
    ])
    assert.deepEqual(pages.map(seqsOf), [[1, 2], [], [3], [2]])
  })

  test('a number is found by time: the lowest at or after it, head + 1 when there is none', async (harness) => {
    const store = await harness.open(1)
    const stream = new StreamBuilder('c')
    for (const ts of [100, 100, 200, 300]) stream.say('x', { ts })
    await store.write(stream.batch())
    const found = await Promise.all(
      [0, 100, 101, 200, 250, 300, 301].map((ts) => store.seqAtTime('c', ts)),
    )
    assert.deepEqual(found, [1, 1, 3, 3, 4, 4, 5])
    assert.equal(await store.seqAtTime('none', 5), 1)
  })
}
