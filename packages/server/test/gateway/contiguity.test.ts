import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChannelPush } from '../../src/ports/push.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World, type WorldOptions } from './world.js'

let world: World
let alice: FakeSocket
const pushed: ChannelPush[] = []

async function create(gateway: WorldOptions['gateway'] = {}): Promise<void> {
  world = await createWorld({ gateway })
  await world.members('general', 'alice', 'bob')
  alice = await world.connect('alice')
  alice.take()
  pushed.length = 0
  world.bus.onPush = (batch) =>
    pushed.push(...batch.channels.filter((one) => one.events.length > 0))
}
beforeEach(() => create())
afterEach(() => world.close())

const numbers = () =>
  alice.received('message.new').map((event: { channel_seq: number }) => event.channel_seq)

describe('contiguity (R12)', () => {
  it('[P-51] a lost push is read from the store when the next one comes, and all come in order', async () => {
    world.bus.drops = () => true
    await world.send('general', 'bob')
    await world.send('general', 'bob')
    expect(numbers()).toEqual([])
    world.bus.drops = () => false
    world.store.reset()
    await world.send('general', 'bob')
    expect(numbers()).toEqual([3, 4, 5])
    expect(world.store.pages).toHaveLength(1)
    expect(world.metrics.counts.repaired).toBe(3)
  })

  it('[P-52] [P-53] R9: what was lost comes with the content of now, as the same event, and once folded in stays so', async () => {
    const first = await world.send('general', 'bob', 'still here')
    alice.take()
    world.bus.drops = () => true
    const secret = await world.send('general', 'bob', 'a secret')
    await world.act('message.edit', 'general', 'bob', secret, { text: 'another secret' })
    await world.act('message.delete', 'general', 'bob', secret)
    const changed = await world.send('general', 'bob', 'befor')
    await world.act('message.edit', 'general', 'bob', changed, { text: 'before' })
    await world.act('reaction.add', 'general', 'alice', first, { emoji: '+1' })
    world.bus.drops = () => false
    await world.send('general', 'bob', 'last')
    const healed = alice.take().filter((envelope) => envelope.channel_seq !== undefined)
    expect(healed).toMatchObject([
      {
        type: 'message.new',
        channel_seq: 4,
        message_id: secret.message_id,
        deleted_seq: 6,
        rev: 6,
      },
      { type: 'message.edited', channel_seq: 5, target_seq: 4 },
      { type: 'message.deleted', channel_seq: 6, target_seq: 4 },
      { type: 'message.new', channel_seq: 7, text: 'before', edited_seq: 8, rev: 8 },
      { type: 'message.edited', channel_seq: 8, text: 'before' },
      { type: 'reaction.added', channel_seq: 9, target_seq: 3 },
      { type: 'message.new', channel_seq: 10, text: 'last' },
    ])
    expect(JSON.stringify(alice.received())).not.toContain('secret')
    // from memory and from the store: nothing is folded in twice
    const page = await world.backfill(alice, 'general', { after_seq: 2 })
    expect(page.messages[0]).toMatchObject({ reactions: [{ emoji: '+1', count: 1 }], rev: 9 })
    expect(page.messages.slice(1)).toEqual(healed)
  })

  it('a lost last push is learnt from a head, without another event', async () => {
    world.bus.drops = (push) => push.events.length > 0
    await world.send('general', 'bob')
    expect(numbers()).toEqual([])
    await world.environment.advance(2_100)
    expect(numbers()).toEqual([3])
  })

  it('heals by comparing heads, though every push is lost, and asserts routes again', async () => {
    world.bus.drops = () => true
    await world.send('general', 'bob')
    world.routes.asserted = []
    alice.listener?.pong()
    await world.environment.advance(10_100)
    expect(numbers()).toEqual([3])
    expect(world.routes.asserted).toContain('general')
  })

  it('repeated and late pushes are dropped', async () => {
    await world.send('general', 'bob')
    await world.send('general', 'bob')
    world.store.reset()
    world.gateway.receive({ channels: [...pushed, ...pushed.toReversed()], answers: [] })
    await world.environment.settle()
    expect(numbers()).toEqual([3, 4])
    expect(world.store.pages).toEqual([])
  })

  it('events above a hole are held and follow it, with one read for all who wait', async () => {
    const bob = await world.connect('bob')
    world.bus.drops = () => true
    for (let i = 0; i < 5; i++) await world.send('general', 'bob')
    world.bus.drops = () => false
    const [, , third, fourth, fifth] = pushed
    world.store.reset()
    for (const push of [fifth, third, fourth]) {
      if (push !== undefined) world.gateway.receive({ channels: [push], answers: [] })
    }
    await world.environment.settle()
    expect(numbers()).toEqual([3, 4, 5, 6, 7])
    expect(bob.received('message.new').map((event) => event.channel_seq)).toEqual([3, 4, 5, 6, 7])
    expect(world.store.pages).toHaveLength(1)
  })

  it('I7: holds a bounded number, and reads what it dropped', async () => {
    await world.close()
    await create({ holdMaxEvents: 2 })
    world.bus.drops = () => true
    for (let i = 0; i < 10; i++) await world.send('general', 'bob')
    world.bus.drops = () => false
    for (const push of pushed.slice(1)) world.gateway.receive({ channels: [push], answers: [] })
    await world.environment.settle()
    expect(numbers()).toEqual([3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })

  it('waits out a store that is away, with back-off, and then goes on', async () => {
    world.bus.drops = () => true
    await world.send('general', 'bob')
    world.bus.drops = () => false
    world.store.failing = true
    const [lost] = pushed
    world.gateway.receive({ channels: [{ ...(lost as ChannelPush), events: [] }], answers: [] })
    world.store.reset()
    await world.environment.advance(9_000)
    expect(numbers()).toEqual([])
    // five tries at most for each time that the head is heard of
    expect(world.store.pages.length).toBeLessThanOrEqual(15)
    world.store.failing = false
    alice.listener?.pong()
    await world.environment.advance(10_000)
    expect(numbers()).toEqual([3])
  })

  it('[P-33] I6: too long a hole is not filled for everyone: channel.head, and then live events again', async () => {
    await world.close()
    await create({ repairMaxEvents: 5 })
    world.bus.drops = () => true
    for (let i = 0; i < 8; i++) await world.send('general', 'bob')
    world.bus.drops = () => false
    await world.send('general', 'bob')
    expect(alice.take()).toEqual([
      {
        type: 'channel.head',
        channel_id: 'general',
        head_seq: 11,
        oldest_seq: 1,
        message_count: 9,
      },
    ])
    await world.send('general', 'bob')
    expect(numbers()).toEqual([12])
    expect(world.metrics.counts.skipped).toBe(9)
  })

  it('[P-33] what retention took before it came is skipped with channel.head', async () => {
    world.bus.drops = () => true
    for (let i = 0; i < 8; i++) await world.send('general', 'bob')
    await world.operate('general', { kind: 'retention.raise', oldestSeq: 8 })
    world.bus.drops = () => false
    await world.send('general', 'bob')
    await world.send('general', 'bob')
    expect(alice.take()).toMatchObject([
      { type: 'channel.head', head_seq: 11, oldest_seq: 8 },
      { type: 'message.new', channel_seq: 12 },
    ])
  })

  it('a page read in mid-session never runs ahead of what was delivered live', async () => {
    world.bus.drops = () => true
    await world.send('general', 'bob')
    const page = await world.backfill(alice, 'general')
    expect(page).toMatchObject({ from_seq: 1, to_seq: 2, as_of_seq: 2, head_seq: 2 })
    const asked = await world.backfill(alice, 'general', { min_as_of_seq: 3 })
    expect(asked).toMatchObject({ to_seq: 3, as_of_seq: 3, head_seq: 3, has_more: false })
    expect(numbers()).toEqual([3])
  })
})
