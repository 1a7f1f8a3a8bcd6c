import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld({
    gateway: {
      maxConnectionsPerIp: 10_000,
      maxUnauthenticatedPerIp: 10_000,
      connectionRatePerS: 10_000,
    },
  })
})
afterEach(() => world.close())

const request = (channel_id: string, over = {}) => ({
  type: 'backfill.request',
  ref: 'b',
  channel_id,
  direction: 'forward',
  limit: 100,
  ...over,
})

describe('a storm of reconnects', () => {
  it('reads each channel at most once, however far behind everyone is in its newest part', async () => {
    const users = Array.from({ length: 100 }, (_, i) => `u${i}`)
    for (const channelId of ['c1', 'c2', 'c3']) {
      await world.members(channelId, ...users)
      for (let i = 0; i < 30; i++) await world.send(channelId, 'u0')
    }
    world.store.reset()
    const head = 130
    const sockets = await Promise.all(
      users.map((user, i) => world.connect(user, { c1: head - (i % 20), c2: head - 10, c3: head })),
    )
    expect(world.store.heads.toSorted()).toEqual(['c1', 'c2', 'c3'])
    sockets.forEach((socket, i) => {
      socket.say(request('c1', { after_seq: head - (i % 20) }))
      socket.say(request('c2', { after_seq: head - 10 }))
    })
    await world.environment.settle()
    sockets.forEach((socket, i) => {
      const pages = socket.received('message.backfill')
      expect(pages.find((page) => page.channel_id === 'c1').messages).toHaveLength(i % 20)
      expect(pages.find((page) => page.channel_id === 'c2').messages).toHaveLength(10)
    })
    expect(world.store.pages.map(({ channelId }) => channelId).toSorted()).toEqual(['c1', 'c2'])
  })

  it('reads a range far below the head once for all who ask at the same time or shortly after', async () => {
    await world.members('c1', 'alice', 'bob')
    for (let i = 0; i < 300; i++) await world.send('c1', 'bob')
    const sockets = await Promise.all(Array.from({ length: 20 }, () => world.connect('alice')))
    world.store.reset()
    for (const socket of sockets) socket.say(request('c1', { after_seq: 10 }))
    await world.environment.settle()
    await world.environment.advance(2_000)
    for (const socket of sockets) socket.say(request('c1', { after_seq: 10 }))
    await world.environment.settle()
    for (const socket of sockets) expect(socket.received('message.backfill')).toHaveLength(2)
    expect(world.store.pages).toHaveLength(1)
    expect(world.metrics.counts).toMatchObject({ 'backfill store': 1, 'backfill cache': 39 })
    // not for ever: the memory is wanted for others
    await world.environment.advance(10_000)
    sockets[0]?.say(request('c1', { after_seq: 10 }))
    await world.environment.settle()
    expect(world.store.pages).toHaveLength(2)
  })

  it('I7: tails and kept pages are bounded, and what was dropped is read again', async () => {
    await world.close()
    world = await createWorld({
      gateway: { tailMaxEvents: 5, tailsMaxChars: 3_000, pagesMaxChars: 1_000, tailFillEvents: 10 },
    })
    for (const channelId of ['c1', 'c2', 'c3']) {
      await world.members(channelId, 'alice')
      for (let i = 0; i < 20; i++) await world.send(channelId, 'alice')
    }
    const alice = await world.connect('alice')
    for (const channelId of ['c1', 'c2', 'c3', 'c1']) {
      await world.send(channelId, 'alice', 'x'.repeat(500))
      for (const after_seq of [18, 10, 0]) {
        const page = await world.backfill(alice, channelId, { after_seq, limit: 3 })
        expect(page).toMatchObject({ from_seq: after_seq + 1, to_seq: after_seq + 3 })
      }
    }
  })

  it('a route is not asserted before its withdrawal is through', async () => {
    await world.members('c1', 'alice')
    const first = await world.connect('alice')
    first.end()
    const { withdraw, assert } = world.routes.port
    const order: string[] = []
    const gate = Promise.withResolvers<void>()
    world.routes.port.withdraw = async (...given) => {
      await gate.promise
      order.push('withdrawn')
      await withdraw(...given)
    }
    world.routes.port.assert = async (...given) => {
      order.push('asserted')
      await assert(...given)
    }
    await world.environment.advance(71_000)
    order.length = 0
    const connecting = world.connect('alice')
    await world.environment.settle()
    expect(order).toEqual([])
    gate.resolve()
    const again = await connecting
    await world.environment.settle()
    await world.send('c1', 'alice')
    expect(again.received('message.new')).toHaveLength(1)
  })

  it('a channel stays for a while after its last member, then its route is withdrawn', async () => {
    await world.members('c1', 'alice')
    const alice = await world.connect('alice')
    alice.end()
    world.store.reset()
    await world.environment.advance(30_000)
    const again = await world.connect('alice')
    expect(world.store.heads.filter((id) => id !== 'c1')).toEqual([])
    again.end()
    await world.environment.advance(71_000)
    expect(world.routes.withdrawn).toEqual(['c1'])
    const later = await world.connect('alice')
    await world.send('c1', 'alice')
    expect(later.received('message.new')).toHaveLength(1)
  })
})
