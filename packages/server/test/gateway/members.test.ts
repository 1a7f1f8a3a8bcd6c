import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Core } from '../../src/gateway/core.js'
import { SERVER } from '../../src/operations/actor.js'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

describe('joining', () => {
  it('[P-29] tells channel.added before the channel\u2019s first event, on every session of the user', async () => {
    const phone = await world.connect('alice')
    const laptop = await world.connect('alice')
    await world.members('general', 'bob', 'alice')
    await world.send('general', 'bob')
    for (const socket of [phone, laptop]) {
      const [added, ...events] = socket.received().slice(1)
      expect(added).toMatchObject({
        type: 'channel.added',
        channel: { channel_id: 'general', role: 'member', oldest_seq: 1 },
      })
      const first = added.channel.head_seq + 1
      expect(events.map((event) => event.channel_seq)).toEqual(events.map((_, i) => first + i))
      expect(events.at(-1)).toMatchObject({ type: 'message.new' })
      expect(socket.received('channel.added')).toHaveLength(1)
    }
  })

  it('is told though only the stream tells of it, and no route led here', async () => {
    await world.members('general', 'bob')
    const alice = await world.connect('alice')
    ;(world.gateway as unknown as Core).memberships.stop()
    await world.join('general', 'alice')
    await world.send('general', 'bob')
    expect(
      alice
        .received()
        .slice(1)
        .map(({ type }) => type),
    ).toEqual(['channel.added', 'message.new'])
  })

  it('is told later when store or directory could not be read', async () => {
    await world.members('general', 'bob')
    const alice = await world.connect('alice')
    const { heads } = world.store.port
    world.store.port.heads = () => Promise.reject(new Error('the store is away'))
    await world.join('general', 'alice')
    await world.environment.settle()
    expect(alice.received('channel.added')).toEqual([])
    world.store.port.heads = heads
    await world.environment.advance(10_100)
    expect(alice.received('channel.added')).toHaveLength(1)
  })

  it('[P-24] while a hello is being answered is not missed', async () => {
    await world.members('general', 'bob')
    let open = () => {}
    world.directory.gate = new Promise((resolve) => {
      open = resolve
    })
    const connecting = world.connect('alice')
    await world.environment.settle()
    const joining = world.join('general', 'alice')
    await world.environment.settle()
    open()
    await joining
    const alice = await connecting
    await world.send('general', 'bob')
    const frames = alice.received()
    expect(frames[0].type).toBe('hello_ack')
    const told = [
      ...frames[0].channels,
      ...frames.filter(({ type }) => type === 'channel.added').map(({ channel }) => channel),
    ]
    expect(told).toMatchObject([{ channel_id: 'general' }])
    expect(alice.received('message.new')).toHaveLength(1)
  })

  it('[P-31] tells channel.changed on a new role and a new name', async () => {
    await world.members('general', 'alice', 'bob')
    const alice = await world.connect('alice')
    const bob = await world.connect('bob')
    alice.take()
    await world.join('general', 'alice', { role: 'admin' })
    expect(alice.received('channel.changed')).toMatchObject([{ channel: { role: 'admin' } }])
    expect(bob.received('channel.changed')).toEqual([])
    await world.finish(world.core.channels.rename(SERVER, 'general', 'Lobby'))
    await world.environment.settle()
    expect(alice.received('channel.changed').at(-1)).toMatchObject({
      channel: { name: 'Lobby', role: 'admin' },
    })
    expect(bob.received('channel.changed')).toMatchObject([
      { channel: { name: 'Lobby', role: 'member' } },
    ])
  })

  it('[P-31] is told where the part of the stream is skipped that has the new name', async () => {
    await world.close()
    world = await createWorld({ gateway: { repairMaxEvents: 2 } })
    await world.members('general', 'bob', 'alice')
    const alice = await world.connect('alice')
    alice.take()
    world.bus.drops = () => true
    await world.finish(world.core.channels.rename(SERVER, 'general', 'Lobby'))
    for (let i = 0; i < 3; i++) await world.send('general', 'bob', 'lost')
    world.bus.drops = () => false
    await world.send('general', 'bob', 'after')
    await world.environment.advance(20_000)
    const [changed] = alice.received('channel.changed')
    expect(changed).toMatchObject({ channel: { name: 'Lobby', head_seq: expect.any(Number) } })
    const bob = await world.connect('bob')
    expect(bob.received('hello_ack')[0].channels).toMatchObject([{ name: 'Lobby' }])
  })
})

describe('the list of channels', () => {
  it('[P-28] holds each channel once over its pages, and follows what it tells', async () => {
    for (let i = 0; i < 7; i++) await world.members(`c${i}`, 'alice')
    const alice = await world.connect('alice')
    const told: string[] = []
    let cursor: string | undefined
    do {
      alice.take()
      alice.say({ type: 'channels.list', limit: 3, ref: 'l', ...(cursor && { cursor }) })
      await world.environment.settle()
      const [page] = alice.take()
      expect(page.ref).toBe('l')
      told.push(...page.channels.map((entry: { channel_id: string }) => entry.channel_id))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(told.toSorted()).toEqual(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6'])
  })

  it('[P-28] leaves out of channel_ids what the user may not read', async () => {
    await world.members('general', 'alice')
    await world.members('private-1', 'bob')
    const alice = await world.connect('alice')
    alice.take()
    alice.say({ type: 'channels.list', channel_ids: ['private-1', 'general', 'nowhere'] })
    await world.environment.settle()
    expect(alice.take()).toMatchObject([{ channels: [{ channel_id: 'general' }] }])
  })

  it('refuses a cursor that it did not give', async () => {
    const alice = await world.connect('alice')
    alice.take()
    for (const cursor of ['nonsense', btoa('{}'), btoa('[-1,"x"]'), btoa('[1]')]) {
      alice.say({ type: 'channels.list', cursor, ref: 'l' })
      await world.environment.settle()
      expect(alice.take()).toMatchObject([{ code: 'invalid_frame', ref: 'l' }])
    }
  })

  it('I7: a connection follows a bounded number of channels', async () => {
    await world.close()
    world = await createWorld({ gateway: { maxChannelsPerConnection: 3 } })
    for (let i = 0; i < 2; i++) await world.members(`c${i}`, 'alice')
    const alice = await world.connect('alice')
    for (let i = 2; i < 6; i++) await world.members(`c${i}`, 'alice')
    expect(alice.received('channel.added')).toHaveLength(1)
    alice.take()
    alice.say({ type: 'channels.list', ref: 'l' })
    await world.environment.settle()
    expect(alice.take()).toMatchObject([{ code: 'payload_too_large', ref: 'l' }])
  })
})
