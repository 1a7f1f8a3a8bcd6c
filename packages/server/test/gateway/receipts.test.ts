import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Core } from '../../src/gateway/core.js'
import { StoreDamaged } from '../../src/ports/message-store.js'
import { channelOf, openReceipts, type ReceiptsWorld, receipt, say } from './receipts-set-up.js'
import type { FakeSocket } from './socket.js'
import type { World } from './world.js'

let world: World
let receipts: ReceiptsWorld['receipts']
let breakable: ReceiptsWorld['breakable']
let alice: FakeSocket
let bob: FakeSocket

beforeEach(async () => {
  ;({ world, receipts, breakable, alice, bob } = await openReceipts())
})
afterEach(() => world.close())

const updates = (socket: FakeSocket) =>
  socket
    .received('receipt.update')
    .map(({ kind, user_id, seq, message_count }) => `${user_id} ${kind} ${seq} ${message_count}`)
async function entryOf(user: string, channelId = 'c1') {
  const socket = await world.connect(user)
  const [{ channels }] = socket.received('hello_ack')
  return channels.find((entry: { channel_id: string }) => entry.channel_id === channelId)
}

describe('receipts', () => {
  it('[P-92] a rise is told to the other members, and to the other connections of the user', async () => {
    const second = await world.connect('bob')
    await world.members('c2', 'carol')
    const carol = await world.connect('carol')
    for (let i = 0; i < 3; i++) await world.send('c1', 'alice')
    await say(world, bob, receipt(4))
    for (const socket of [alice, second]) expect(updates(socket)).toEqual(['bob read 4 2'])
    await say(world, bob, receipt(5, { type: 'receipt.delivered' }))
    expect(updates(alice)).toEqual(['bob read 4 2', 'bob delivered 5 3'])
    expect(updates(carol)).toEqual([])
  })

  it('[P-91] a watermark only rises, whatever comes again or late, and what changes nothing is not told', async () => {
    for (let i = 0; i < 5; i++) await world.send('c1', 'alice')
    await say(world, bob, receipt(6), receipt(4), receipt(6), receipt(5))
    await say(world, bob, receipt(3))
    await say(world, bob, receipt(6))
    expect(updates(alice)).toEqual(['bob read 6 4'])
    expect((await receipts.ofUser('bob'))[0]?.read).toMatchObject({ seq: 6, messageCount: 4 })
  })

  it('[P-91] one above the head counts as one of the head', async () => {
    await world.send('c1', 'alice')
    await say(world, bob, receipt(1_000))
    expect(updates(alice)).toEqual(['bob read 3 1'])
  })

  it('[P-91] R10: a new epoch lowers a watermark to where it begins, and never calls unread messages read', async () => {
    for (let i = 0; i < 6; i++) await world.send('c1', 'alice')
    await say(world, bob, receipt(8))
    await world.operate('c1', { kind: 'epoch.raise', epoch: 2, fromSeq: 5 })
    expect(await entryOf('bob')).toMatchObject({ epoch: 2, read_seq: 5, read_message_count: 3 })
    await world.send('c1', 'alice')
    await say(world, bob, receipt(8, { epoch: 1 }))
    expect(await entryOf('bob')).toMatchObject({ read_seq: 5 })
    await say(world, bob, receipt(6, { epoch: 2 }))
    expect(await entryOf('bob')).toMatchObject({ read_seq: 6, read_message_count: 4 })
    bob.take()
    await say(world, bob, receipt(1, { epoch: 3, ref: 'r' }))
    expect(bob.take()).toMatchObject([{ code: 'unavailable', ref: 'r' }])
  })

  it('[P-93] an entry says how far the user has read on any device, and how many messages that is', async () => {
    for (let i = 0; i < 4; i++) await world.send('c1', 'alice')
    expect(await entryOf('bob')).not.toHaveProperty('read_seq')
    await say(world, bob, receipt(4))
    expect(await entryOf('bob')).toMatchObject({
      message_count: 4,
      read_seq: 4,
      read_message_count: 2,
    })
    bob.take()
    await say(world, bob, { type: 'channels.list', ref: 'l', channel_ids: ['c1'] })
    expect(bob.take()[0].channels).toMatchObject([{ read_seq: 4, read_message_count: 2 }])
  })

  it('[P-93] a message counts as read by who sent it, at once here and in a moment everywhere', async () => {
    await world.send('c1', 'bob')
    await world.send('c1', 'alice')
    expect(await entryOf('bob')).toMatchObject({ read_seq: 3, read_message_count: 1 })
    // carol is not connected anywhere
    await world.join('c1', 'carol')
    await world.send('c1', 'carol')
    await world.environment.advance(1_000)
    expect((await receipts.ofUser('carol'))[0]?.read).toEqual({
      epoch: 1,
      seq: 6,
      messageCount: 3,
    })
  })

  it('[P-94] I8: of a channel that is not theirs a receipt is refused, and nothing is stored', async () => {
    await world.members('private', 'alice')
    await say(world, bob, receipt(1, { channel_id: 'private', ref: 'r' }))
    await say(
      world,
      bob,
      receipt(1, { channel_id: 'nowhere', ref: 'q', type: 'receipt.delivered' }),
    )
    expect(bob.received('error').map(({ ref, code }) => [ref, code])).toEqual([
      ['r', 'channel_not_found'],
      ['q', 'channel_not_found'],
    ])
    expect(await receipts.inChannel('private', { limit: 10 })).toEqual([])
  })

  it('[P-94] I7: what waits is bounded; what is dropped comes with the next, and messages go on', async () => {
    const channelIds = Array.from({ length: 60 }, (_, i) => `many${i}`)
    for (const channelId of channelIds) {
      await world.members(channelId, 'bob')
    }
    await say(world, bob, ...channelIds.map((channel_id) => receipt(1, { channel_id })))
    expect(await receipts.ofUser('bob')).toHaveLength(50)
    expect(world.metrics.counts['shed receipt']).toBe(10)
    await say(world, bob, ...channelIds.map((channel_id) => receipt(1, { channel_id })))
    expect(await receipts.ofUser('bob')).toHaveLength(60)
  })

  it('receipts of one moment are one write, the furthest of each', async () => {
    for (let i = 0; i < 20; i++) await world.send('c1', 'alice')
    await world.environment.advance(2_000)
    breakable.writes = 0
    await say(world, bob, ...Array.from({ length: 20 }, (_, i) => receipt(i + 3)))
    expect(breakable.writes).toBe(1)
    expect(updates(alice)).toEqual(['bob read 22 20'])
  })

  it('while they cannot be stored messages and hellos go on, and nothing is told that is not stored', async () => {
    await world.send('c1', 'alice')
    await say(world, bob, receipt(3))
    breakable.isAway = true
    await world.send('c1', 'alice')
    await say(world, bob, receipt(4))
    expect(bob.received('message.new')).toHaveLength(2)
    expect(updates(alice)).toEqual(['bob read 3 1'])
    expect(await entryOf('alice')).toMatchObject({ head_seq: 4 })
    breakable.isAway = false
    await world.environment.advance(5_000)
    expect(updates(alice)).toEqual(['bob read 3 1', 'bob read 4 2'])
    expect(world.troubles.length).toBeGreaterThan(0)
    world.troubles.length = 0
  })

  it('closing while they cannot be stored leaves no timer', async () => {
    await world.send('c1', 'alice')
    breakable.isAway = true
    await say(world, bob, receipt(3))
    // from now on it is tried every five seconds
    await world.environment.advance(20_000)
    const last = Promise.withResolvers<never>()
    breakable.raise = () => last.promise
    await world.environment.advance(5_000)
    const closing = world.gateway.close()
    await world.environment.settle()
    last.reject(new Error('away'))
    await closing
    await world.close()
    world.troubles.length = 0
  })

  it('a channel that cannot be read holds up neither receipts nor pages of others', async () => {
    await world.members('damaged', 'alice', 'bob')
    for (const id of ['c1', 'c1', 'damaged', 'damaged']) await world.send(id, 'bob')
    const { pages } = world.store.port
    world.store.port.pages = async (queries) => {
      if (queries.some(({ channelId }) => channelId === 'damaged')) {
        throw new StoreDamaged('two rows at one number')
      }
      return pages(queries)
    }
    for (const { tail } of (world.gateway as unknown as Core).channels) tail.clear()
    alice.take()
    for (const channel_id of ['damaged', 'c1']) {
      alice.say(receipt(3, { channel_id }))
      const range = { direction: 'forward', after_seq: 0, limit: 10 }
      alice.say({ type: 'backfill.request', ref: channel_id, channel_id, ...range })
    }
    await world.environment.advance(300)
    const answers = alice.take().filter(({ ref }) => ref !== undefined)
    expect(answers.map(({ type, ref }) => `${ref} ${type}`).sort()).toEqual([
      'c1 message.backfill',
      'damaged error',
    ])
    const told = () => bob.received('receipt.update').map(({ channel_id }) => channel_id)
    expect(told()).toEqual(['c1'])
    // it is not tried again: the next that is read there says it anew
    const asked = world.store.pages.length
    await world.environment.advance(10_000)
    expect(world.store.pages.length).toBe(asked)
    world.store.port.pages = pages
    alice.say(receipt(4, { channel_id: 'damaged' }))
    await world.environment.advance(300)
    expect(told()).toEqual(['c1', 'damaged'])
    world.troubles.length = 0
  })

  it('what is far back is counted from the store', async () => {
    for (let i = 0; i < 250; i++) await world.send('c1', 'alice')
    await say(world, bob, receipt(12))
    expect(updates(alice)).toEqual(['bob read 12 10'])
  })

  it('[P-92] above 1,000 members only the user’s own connections are told', async () => {
    const second = await world.connect('bob')
    await world.send('c1', 'alice')
    channelOf(world, 'c1').memberCount = 1_001
    await say(world, bob, receipt(3), receipt(3, { type: 'receipt.delivered' }))
    expect(updates(second)).toEqual(['bob read 3 1'])
    expect(updates(alice)).toEqual([])
  })

  it('[P-101] a reader with half a backlog gets no receipts, and still every event', async () => {
    await world.send('c1', 'alice')
    alice.reading = false
    alice.buffered = 10_001
    await say(world, bob, receipt(3))
    await world.send('c1', 'bob')
    expect(updates(alice)).toEqual([])
    expect(alice.received('message.new')).toHaveLength(2)
    expect(world.metrics.counts['shed receipt']).toBe(1)
  })
})
