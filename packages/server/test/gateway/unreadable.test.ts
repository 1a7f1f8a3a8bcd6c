import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld({ gateway: { repairMaxEvents: 5 } })
  await world.members('private-1', 'alice', 'bob')
})
afterEach(() => world.close())

describe('a membership that cannot be read', () => {
  it('I8: is ended before part of the stream is skipped, and told again when it can be read', async () => {
    const alice = await world.connect('alice')
    const { membership } = world.directory.port
    world.bus.drops = () => true
    for (let i = 0; i < 10; i++) await world.send('private-1', 'bob', `lost ${i}`)
    world.directory.port.membership = () => Promise.reject(new Error('the directory is away'))
    world.bus.drops = () => false
    alice.take()
    await world.send('private-1', 'bob', 'after')
    await world.environment.settle()
    expect(alice.received('message.new')).toEqual([])
    expect(alice.received('channel.removed')).toHaveLength(1)
    world.directory.port.membership = membership
    await world.environment.advance(20_000)
    expect(alice.received('channel.added')).toMatchObject([
      { channel: { channel_id: 'private-1', head_seq: 13 } },
    ])
    await world.send('private-1', 'bob', 'again')
    expect(alice.received('message.new')).toMatchObject([{ text: 'again' }])
  })

  it('stands while the whole directory is away: nothing is skipped until it is back', async () => {
    const alice = await world.connect('alice')
    const { membership, channels } = world.directory.port
    const isAway = () => Promise.reject(new Error('the directory is away'))
    world.bus.drops = () => true
    for (let i = 0; i < 10; i++) await world.send('private-1', 'bob', `lost ${i}`)
    Object.assign(world.directory.port, { membership: isAway, channels: isAway })
    world.bus.drops = () => false
    alice.take()
    await world.send('private-1', 'bob', 'after')
    await world.environment.advance(20_000)
    alice.listener?.pong()
    expect(alice.take()).toEqual([])
    Object.assign(world.directory.port, { membership, channels })
    await world.environment.advance(20_000)
    expect(alice.take()).toMatchObject([{ type: 'channel.head', head_seq: 13 }])
    await world.send('private-1', 'bob', 'again')
    expect(alice.take()).toMatchObject([{ type: 'message.new', text: 'again' }])
  })
})
