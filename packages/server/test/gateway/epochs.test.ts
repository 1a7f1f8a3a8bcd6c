import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

let world: World
let alice: FakeSocket
beforeEach(async () => {
  world = await createWorld()
  await world.members('general', 'alice', 'bob')
  for (let i = 3; i <= 10; i++) await world.send('general', 'bob', `old ${i}`)
  alice = await world.connect('alice')
  alice.take()
})
afterEach(() => world.close())

const raise = (epoch: number, fromSeq: number) =>
  world.operate('general', { kind: 'epoch.raise', epoch, fromSeq })

describe('a new epoch', () => {
  it('[P-36] is told by channel.reset before any event of it', async () => {
    await raise(2, 6)
    await world.send('general', 'bob', 'new 7')
    expect(alice.take()).toMatchObject([
      { type: 'channel.reset', channel_id: 'general', epoch: 2, from_seq: 6 },
      { type: 'message.new', epoch: 2, channel_seq: 7, text: 'new 7' },
    ])
  })

  it('[P-18] names the lowest from_seq of all epochs above the one that was missed', async () => {
    world.bus.drops = () => true
    await raise(2, 4)
    await world.send('general', 'bob')
    await world.send('general', 'bob')
    await raise(3, 5)
    world.bus.drops = () => false
    await world.send('general', 'bob', 'new 6')
    const frames = alice.take()
    expect(frames[0]).toMatchObject({ type: 'channel.reset', epoch: 3, from_seq: 4 })
    expect(frames.slice(1).map(({ epoch, channel_seq }) => [epoch, channel_seq])).toEqual([
      [2, 5],
      [3, 6],
    ])
  })

  it('[P-36] that begins while a part of the one before is skipped is not skipped too', async () => {
    await world.close()
    world = await createWorld({ gateway: { repairMaxEvents: 2 } })
    await world.members('general', 'alice', 'bob')
    alice = await world.connect('alice')
    world.bus.drops = () => true
    for (let i = 3; i <= 10; i++) await world.send('general', 'bob', 'lost')
    const { membership } = world.directory.port
    const reading = Promise.withResolvers<void>()
    world.directory.port.membership = async (...asked) => {
      await reading.promise
      return membership(...asked)
    }
    world.bus.drops = () => false
    await world.send('general', 'bob', 'after')
    await raise(2, 2)
    reading.resolve()
    await world.environment.settle()
    alice.take()
    await world.send('general', 'bob', 'new 3')
    expect(alice.take()).toMatchObject([{ type: 'message.new', epoch: 2, channel_seq: 3 }])
  })

  it('[P-16] pages name every event\u2019s epoch, from tail and store', async () => {
    await raise(2, 6)
    await world.send('general', 'bob', 'new 7')
    for (let round = 0; round < 2; round++) {
      for (const request of [
        { after_seq: 4 },
        { after_seq: 4, before_seq: 8, direction: 'backward' },
      ]) {
        const page = await world.backfill(alice, 'general', { epoch: 2, ...request })
        expect(page).toMatchObject({ epoch: 2, from_seq: 5, to_seq: 7 })
        expect(
          page.messages.map((event: { epoch: number; text: string }) => [event.epoch, event.text]),
        ).toEqual([
          [1, 'old 5'],
          [1, 'old 6'],
          [2, 'new 7'],
        ])
      }
    }
  })

  it('[P-66] a request that names an older one gets channel.reset first, and its numbers are cut to what is valid', async () => {
    await raise(2, 6)
    await world.send('general', 'bob', 'new 7')
    alice.take()
    const page = await world.backfill(alice, 'general', { after_seq: 9 })
    expect(alice.take()).toMatchObject([
      { type: 'channel.reset', epoch: 2, from_seq: 6 },
      { type: 'message.backfill', epoch: 2, from_seq: 7, to_seq: 7 },
    ])
    expect(page.messages).toMatchObject([{ epoch: 2, text: 'new 7' }])
  })

  it('R9: what is void is not in what is served, from memory or from a page that was kept', async () => {
    const [fifth] = (await world.backfill(alice, 'general', { after_seq: 4, limit: 1 })).messages
    const target = { channel_seq: 5, message_id: fifth.message_id }
    await world.act('message.edit', 'general', 'bob', target, { text: 'void' })
    expect(
      (await world.backfill(alice, 'general', { after_seq: 4, limit: 1 })).messages,
    ).toMatchObject([{ text: 'void' }])
    await raise(2, 6)
    const page = await world.backfill(alice, 'general', { after_seq: 4, limit: 1, epoch: 2 })
    expect(page.messages).toMatchObject([{ text: 'old 5' }])
  })

  it('[P-66] one that nobody has is unavailable', async () => {
    expect(await world.backfill(alice, 'general', { epoch: 9 })).toMatchObject({
      code: 'unavailable',
      retryable: true,
    })
  })

  it('[P-25] a hello that names an older one, or numbers above the head, gets from_seq', async () => {
    await raise(2, 6)
    const cases = [
      [8, 6, 'partial'],
      [[8, 2], 6, 'partial'],
      [[6, 2], undefined, 'full'],
    ] as const
    for (const [last, from_seq, resume] of cases) {
      world.store.reset()
      const socket = await world.connect('alice', { general: last as number })
      const [ack] = socket.received()
      expect(ack).toMatchObject({ resume, channels: [{ epoch: 2, head_seq: 6 }] })
      expect(ack.channels[0].from_seq).toBe(from_seq)
      // numbers are called void only after the head was read again
      if (Array.isArray(last) && last[0] === 8) expect(world.store.heads).toEqual(['general'])
    }
  })

  it('[P-36] a hello ahead of what this gateway has heard is no reset when the store has it', async () => {
    world.bus.drops = () => true
    await world.send('general', 'bob')
    const socket = await world.connect('alice', { general: 11 })
    const [ack] = socket.received()
    expect(ack).toMatchObject({ resume: 'full', channels: [{ head_seq: 11 }] })
    expect(ack.channels[0]).not.toHaveProperty('from_seq')
  })
})
