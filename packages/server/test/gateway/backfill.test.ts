import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

let world: World
let alice: FakeSocket
/** Numbers 1 and 2 are the members' joining; messages from 3 on. */
beforeEach(async () => {
  world = await createWorld()
  await world.members('general', 'alice', 'bob')
  for (let i = 3; i <= 150; i++) await world.send('general', 'bob', `${i}`)
  await world.operate('general', { kind: 'retention.raise', oldestSeq: 21 })
  alice = await world.connect('alice')
})
afterEach(() => world.close())

const numbers = (page: { messages: { channel_seq: number }[] }) =>
  page.messages.map((event) => event.channel_seq)
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('backfill (I6)', () => {
  it.each([
    ['forward from a number', { after_seq: 100, limit: 10 }, 101, 110, true],
    ['forward up to a number', { after_seq: 100, before_seq: 105, limit: 10 }, 101, 104, false],
    ['forward to one below the head', { after_seq: 139, limit: 10 }, 140, 149, true],
    [
      'backward to one above what is kept',
      { direction: 'backward', before_seq: 32, limit: 10 },
      22,
      31,
      true,
    ],
    ['forward at the head', { after_seq: 150, limit: 10 }, 151, 150, false],
    ['forward to the head', { after_seq: 140, limit: 10 }, 141, 150, false],
    ['forward below what is kept', { after_seq: 5, limit: 10 }, 21, 30, true],
    ['backward from the head', { direction: 'backward', limit: 10 }, 141, 150, true],
    ['backward from a number', { direction: 'backward', before_seq: 26, limit: 10 }, 21, 25, false],
    [
      'backward below what is kept',
      { direction: 'backward', before_seq: 21, limit: 10 },
      21,
      20,
      false,
    ],
    ['backward in the middle', { direction: 'backward', before_seq: 60, limit: 10 }, 50, 59, true],
    [
      'backward above a number',
      { direction: 'backward', after_seq: 145, limit: 10 },
      146,
      150,
      false,
    ],
    ['an empty range', { after_seq: 99, before_seq: 100, limit: 10 }, 100, 99, false],
  ])('[P-57] [P-58] [P-60] [P-61] %s', async (_, request, from_seq, to_seq, has_more) => {
    // the first time from the store or a tail that is filled, then from memory: the answers are the same
    for (let round = 0; round < 2; round++) {
      const page = await world.backfill(alice, 'general', request)
      expect(page).toMatchObject({
        type: 'message.backfill',
        from_seq,
        to_seq,
        has_more,
        as_of_seq: 150,
        head_seq: 150,
        oldest_seq: 21,
      })
      expect(numbers(page)).toEqual(upTo(from_seq, to_seq))
    }
  })

  it('[P-57] backward from the head, a page is not one that was read at a lower head', async () => {
    await world.close()
    // without a tail every page comes from the store, and is kept for a while
    world = await createWorld({ gateway: { tailMaxEvents: 1, tailFillEvents: 1 } })
    await world.members('general', 'alice', 'bob')
    for (let i = 3; i <= 20; i++) await world.send('general', 'bob', `${i}`)
    alice = await world.connect('alice')
    for (const head of [20, 21, 22]) {
      if (head > 20) await world.send('general', 'bob', `${head}`)
      const page = await world.backfill(alice, 'general', { direction: 'backward', limit: 5 })
      expect(page).toMatchObject({ to_seq: head, as_of_seq: head, has_more: true })
      expect(numbers(page)).toEqual(upTo(head - 4, head))
    }
  })

  it('[P-59] only messages: counts them, and says what it covered beside', async () => {
    const { channel_seq, message_id } = await world.send('general', 'bob', '151')
    const target = { channel_seq, message_id }
    for (const emoji of ['a', 'b', 'c']) {
      await world.act('reaction.add', 'general', 'alice', target, { emoji })
    }
    await world.send('general', 'bob', '155')
    const only = { only: 'messages', limit: 2 }
    const back = await world.backfill(alice, 'general', { ...only, direction: 'backward' })
    expect(back).toMatchObject({ from_seq: 151, to_seq: 155, has_more: true })
    expect(numbers(back)).toEqual([151, 155])
    const none = await world.backfill(alice, 'general', {
      ...only,
      after_seq: 151,
      before_seq: 155,
    })
    expect(none).toMatchObject({ from_seq: 152, to_seq: 154, has_more: false, messages: [] })
    for (const [after_seq, expected] of [
      [60, [61, 62]],
      [150, [151, 155]],
    ] as const) {
      const page = await world.backfill(alice, 'general', { ...only, after_seq })
      expect(numbers(page)).toEqual(expected)
    }
  })

  it('[P-62] I7: a page is at most 256 KiB and says where it ends', async () => {
    const text = 'é'.repeat(10_000)
    for (let i = 0; i < 20; i++) await world.send('general', 'bob', text)
    for (const direction of ['forward', 'backward']) {
      const covered: number[] = []
      let bound: object = direction === 'forward' ? { after_seq: 150 } : { after_seq: 150 }
      for (;;) {
        const page = await world.backfill(alice, 'general', { direction, ...bound })
        covered.push(...numbers(page))
        expect(numbers(page)).toEqual(upTo(page.from_seq, page.to_seq))
        if (!page.has_more) break
        bound =
          direction === 'forward'
            ? { after_seq: page.to_seq }
            : { after_seq: 150, before_seq: page.from_seq }
      }
      expect(covered.toSorted((a, b) => a - b)).toEqual(upTo(151, 170))
    }
  })

  it('[P-68] more than 2 at once are rate_limited', async () => {
    alice.take()
    const request = {
      type: 'backfill.request',
      channel_id: 'general',
      direction: 'forward',
      limit: 1,
    }
    for (const ref of ['1', '2', '3']) alice.say({ ...request, ref, after_seq: 20 })
    await world.environment.settle()
    const answers = alice.take()
    expect(answers.filter(({ type }) => type === 'error')).toMatchObject([
      { code: 'rate_limited', ref: '3', retry_after_ms: expect.any(Number) },
    ])
    expect(answers.filter(({ type }) => type === 'message.backfill')).toHaveLength(2)
  })

  it('[P-68] I7: so are more than 2 of one frame that lie in memory', async () => {
    const request = { type: 'backfill.request', channel_id: 'general', direction: 'forward' }
    await world.backfill(alice, 'general', { after_seq: 145 })
    world.store.reset()
    alice.take()
    alice.say(['1', '2', '3'].map((ref) => ({ ...request, ref, after_seq: 145, limit: 5 })))
    await world.environment.settle()
    expect(alice.take()).toMatchObject([
      { type: 'message.backfill', ref: '1', from_seq: 146, to_seq: 150 },
      { type: 'message.backfill', ref: '2', from_seq: 146, to_seq: 150 },
      { type: 'error', code: 'rate_limited', ref: '3' },
    ])
    expect(world.store.pages).toEqual([])
    // they were answered: the next is as well
    expect((await world.backfill(alice, 'general', { after_seq: 145 })).type).toBe(
      'message.backfill',
    )
  })

  it('[P-64] R14: states as_of_seq at least min_as_of_seq, past any older page', async () => {
    const old = { direction: 'backward', before_seq: 40, limit: 5 }
    const first = await world.backfill(alice, 'general', old)
    await world.send('general', 'bob')
    const again = await world.backfill(alice, 'general', { ...old, min_as_of_seq: 151 })
    expect(first.as_of_seq).toBe(150)
    expect(again).toMatchObject({ as_of_seq: 151, head_seq: 151, messages: first.messages })
  })

  it('[P-65] ahead of the head: read again, then channel.reset and an empty page', async () => {
    world.store.reset()
    alice.take()
    const page = await world.backfill(alice, 'general', { after_seq: 200 })
    expect(world.store.heads).toEqual(['general'])
    expect(alice.take()).toMatchObject([
      { type: 'channel.reset', channel_id: 'general', from_seq: 150 },
      { type: 'message.backfill', from_seq: 201, to_seq: 200, has_more: false },
    ])
    expect(page.messages).toEqual([])
    const asked = await world.backfill(alice, 'general', { after_seq: 140, min_as_of_seq: 300 })
    expect(asked).toMatchObject({ from_seq: 141, to_seq: 150, as_of_seq: 150 })
  })

  it('states what is kept after retention has moved on', async () => {
    await world.backfill(alice, 'general', { after_seq: 20, before_seq: 40 })
    await world.operate('general', { kind: 'retention.raise', oldestSeq: 31 })
    await world.send('general', 'bob')
    const page = await world.backfill(alice, 'general', { after_seq: 20, before_seq: 40 })
    expect(page).toMatchObject({ oldest_seq: 31, from_seq: 31, to_seq: 39 })
  })

  it('[P-63] old pages are as of what this gateway has taken over, not as of what it has not', async () => {
    world.bus.drops = () => true
    await world.send('general', 'bob', 'not pushed')
    const old = { after_seq: 30, before_seq: 40 }
    const page = await world.backfill(alice, 'general', old)
    expect(page).toMatchObject({ as_of_seq: 151, head_seq: 151 })
    // the page showed that something was missing
    expect(alice.received('message.new')).toMatchObject([{ text: 'not pushed' }])
  })

  it('[P-64] a page of a replica that lags is not taken for one that is new enough', async () => {
    const old = { after_seq: 30, before_seq: 40 }
    const { pages } = world.store.port
    let lags = true
    world.store.port.pages = async (queries) => {
      const read = await pages(queries)
      if (!lags) return read
      return read.map((page) => ({ ...page, asOf: page.asOf && { ...page.asOf, headSeq: 140 } }))
    }
    expect(await world.backfill(alice, 'general', old)).toMatchObject({ as_of_seq: 140 })
    const refused = await world.backfill(alice, 'general', { ...old, min_as_of_seq: 150 })
    expect(refused).toMatchObject({ code: 'unavailable', retryable: true })
    lags = false
    expect(await world.backfill(alice, 'general', { ...old, min_as_of_seq: 150 })).toMatchObject({
      as_of_seq: 150,
    })
  })

  it('[P-64] nobody gets a page that is older than what this gateway has taken over, if the store has a newer one', async () => {
    const { pages } = world.store.port
    const gate = Promise.withResolvers<void>()
    let lags = true
    world.store.port.pages = async (queries) => {
      const read = await pages(queries)
      if (!lags) return read
      lags = false
      await gate.promise
      return read.map((page) => ({ ...page, asOf: page.asOf && { ...page.asOf, headSeq: 140 } }))
    }
    const request = {
      type: 'backfill.request',
      channel_id: 'general',
      direction: 'forward',
      limit: 9,
      after_seq: 30,
      before_seq: 40,
    }
    alice.say({ ...request, ref: 'any' })
    await world.environment.settle()
    alice.say({ ...request, ref: 'new', min_as_of_seq: 150 })
    await world.environment.settle()
    gate.resolve()
    await world.environment.settle()
    const answers = alice.received('message.backfill')
    expect(answers.map(({ as_of_seq }) => as_of_seq)).toEqual([150, 150])
  })

  it('is unavailable when the store is, retryable', async () => {
    world.store.failing = true
    const page = await world.backfill(alice, 'general', { after_seq: 30, before_seq: 40 })
    expect(page).toMatchObject({ code: 'unavailable', retryable: true })
    world.store.failing = false
    expect(await world.backfill(alice, 'general', { after_seq: 30, before_seq: 40 })).toMatchObject(
      {
        type: 'message.backfill',
      },
    )
  })

  it('[P-69] [P-47] of a channel that is not theirs is refused like a command', async () => {
    await world.members('private-1', 'bob')
    await world.members('open', 'bob')
    for (const channelId of ['private-1', 'nowhere']) {
      expect(await world.backfill(alice, channelId)).toMatchObject({ code: 'channel_not_found' })
    }
    expect(await world.backfill(alice, 'open')).toMatchObject({ code: 'not_in_channel' })
  })

  it('of a channel that was not told yet tells it first', async () => {
    for (let i = 0; i < 201; i++) await world.members(`c${i}`, 'bob')
    const bob = await world.connect('bob')
    bob.take()
    const page = await world.backfill(bob, 'general', { after_seq: 140 })
    expect(page).toMatchObject({ from_seq: 141, to_seq: 150 })
    expect(bob.take()[0]).toMatchObject({
      type: 'channel.added',
      channel: { channel_id: 'general' },
    })
  })
})
