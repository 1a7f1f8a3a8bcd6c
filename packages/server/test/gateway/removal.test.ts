import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
  await world.members('private-1', 'alice', 'bob')
})
afterEach(() => world.close())

describe('removal (I8, R13)', () => {
  it('[P-29] [P-30] ends with member.left and channel.removed, and nothing of the channel after it', async () => {
    const phone = await world.connect('alice')
    const laptop = await world.connect('alice')
    await world.send('private-1', 'bob', 'before')
    await world.remove('private-1', 'alice')
    for (let i = 0; i < 3; i++) await world.send('private-1', 'bob', 'after')
    for (const socket of [phone, laptop]) {
      expect(socket.received().slice(1)).toMatchObject([
        { type: 'message.new', channel_seq: 3, text: 'before' },
        { type: 'member.left', channel_seq: 4, user_id: 'alice', reason: 'kicked' },
        { type: 'channel.removed', channel_id: 'private-1', last_seq: 4, reason: 'kicked' },
      ])
    }
  })

  it('[P-30] is acknowledged only when this gateway can send nothing more', async () => {
    const alice = await world.connect('alice')
    world.bus.drops = () => true
    const removing = world.core.channels.removeMember(
      { kind: 'server' },
      'private-1',
      'alice',
      false,
    )
    await world.environment.settle()
    await removing
    world.bus.drops = () => false
    await world.send('private-1', 'bob', 'after')
    // the push was lost: the removal itself brought what was below it
    expect(alice.received().slice(1)).toMatchObject([
      { type: 'member.left', channel_seq: 3 },
      { type: 'channel.removed', last_seq: 3, reason: 'kicked' },
    ])
  })

  it('ends by its event also where its process died before it told of it, whatever is remembered here', async () => {
    const alice = await world.connect('alice')
    alice.say(world.command('private-1'))
    await world.environment.settle()
    alice.take()
    // in the directory, and nobody is told: the relay finds it
    const removal = { channelId: 'private-1', userId: 'alice', reason: 'kicked' } as const
    await world.directory.port.removeMember(removal)
    await world.environment.advance(1_000)
    await world.send('private-1', 'bob', 'after')
    expect(alice.take()).toMatchObject([
      { type: 'member.left', channel_seq: 4 },
      { type: 'channel.removed', last_seq: 4, reason: 'kicked' },
    ])
    alice.say(world.command('private-1'))
    await world.environment.settle()
    expect(alice.take()).toMatchObject([{ type: 'error', code: 'channel_not_found' }])
  })

  it('is known by then also where nothing of the channel is followed', async () => {
    await world.send('private-1', 'alice', 'remembered as a member')
    const removal = { channelId: 'private-1', userId: 'alice', reason: 'kicked' } as const
    await world.directory.port.removeMember(removal)
    await world.environment.advance(1_000)
    const asked = world.core.channels.get({ kind: 'user', userId: 'alice' }, 'private-1')
    await expect(asked).rejects.toMatchObject({ code: 'channel_not_found' })
  })

  it('is cut where it stands when what is below cannot be read in time', async () => {
    const alice = await world.connect('alice')
    world.bus.drops = () => true
    await world.send('private-1', 'bob', 'lost')
    world.store.failing = true
    const removing = world.core.channels.removeMember(
      { kind: 'server' },
      'private-1',
      'alice',
      false,
    )
    await world.environment.advance(2_100)
    await removing
    expect(alice.received().slice(1)).toMatchObject([
      { type: 'channel.removed', last_seq: 4, reason: 'kicked' },
    ])
    world.store.failing = false
    world.bus.drops = () => false
    await world.send('private-1', 'bob', 'after')
    expect(alice.received('message.new')).toEqual([])
  })

  it('[P-32] [P-47] ends pages under way, and the channel is not there any more', async () => {
    for (let i = 0; i < 3; i++) await world.send('private-1', 'bob')
    const alice = await world.connect('alice')
    alice.take()
    let open = () => {}
    world.store.gate = new Promise((resolve) => {
      open = resolve
    })
    alice.say({
      type: 'backfill.request',
      ref: 'b',
      channel_id: 'private-1',
      direction: 'forward',
      limit: 10,
    })
    await world.environment.settle()
    const removing = world.remove('private-1', 'alice')
    await world.environment.settle()
    open()
    await removing
    await world.environment.settle()
    expect(alice.received().filter(({ ref }) => ref === 'b')).toEqual([])
    expect(await world.backfill(alice, 'private-1')).toMatchObject({ code: 'channel_not_found' })
    alice.take()
    alice.say(world.command('private-1'))
    await world.environment.settle()
    expect(alice.take()).toMatchObject([{ code: 'channel_not_found' }])
  })

  it('R13: a page holds nothing above a removal that has not reached this gateway', async () => {
    for (let i = 0; i < 5; i++) await world.send('private-1', 'bob')
    const alice = await world.connect('alice')
    const { confirmRemoval } = world.bus.port
    const confirming = Promise.withResolvers<void>()
    world.bus.port.confirmRemoval = async (...removal) => {
      await confirming.promise
      await confirmRemoval(...removal)
    }
    world.bus.drops = () => true
    const removing = world.core.channels.removeMember(
      { kind: 'server' },
      'private-1',
      'alice',
      false,
    )
    await world.environment.settle()
    await world.send('private-1', 'bob', 'after')
    alice.take()
    for (const direction of ['backward', 'forward']) {
      alice.say({
        type: 'backfill.request',
        ref: direction,
        channel_id: 'private-1',
        direction,
        limit: 100,
      })
    }
    await world.environment.settle()
    expect(JSON.stringify(alice.received())).not.toContain('after')
    confirming.resolve()
    await world.finish(removing)
    await world.environment.settle()
    expect(JSON.stringify(alice.received())).not.toContain('after')
    expect(alice.received('channel.removed')).toMatchObject([{ last_seq: 8 }])
  })

  it('R13: whoever was added is not, when they were removed before the channel was ready', async () => {
    await world.close()
    world = await createWorld()
    await world.members('private-1', 'bob')
    const alice = await world.connect('alice')
    let open = () => {}
    world.store.gate = new Promise((resolve) => {
      open = resolve
    })
    const joining = world.join('private-1', 'alice')
    await world.environment.settle()
    const removing = world.remove('private-1', 'alice')
    await world.environment.settle()
    open()
    await joining
    await removing
    await world.send('private-1', 'bob', 'after')
    expect(alice.received().slice(1)).toEqual([])
  })

  it('R13: a session that is being greeted does not follow what was taken from it meanwhile', async () => {
    let open = () => {}
    world.directory.gate = new Promise((resolve) => {
      open = resolve
    })
    const connecting = world.connect('alice', { 'private-1': 2 })
    await world.environment.settle()
    const removing = world.remove('private-1', 'alice')
    await world.environment.settle()
    await removing
    open()
    const alice = await connecting
    await world.environment.settle()
    expect(alice.received()[0]).toMatchObject({
      type: 'hello_ack',
      channels: [],
      gone: [{ channel_id: 'private-1' }],
    })
    await world.send('private-1', 'bob', 'after')
    expect(alice.received('message.new')).toEqual([])
  })

  it('ends what was skipped over too: whoever left in a hole is told nothing above it', async () => {
    await world.close()
    world = await createWorld({ gateway: { repairMaxEvents: 2 } })
    await world.members('private-1', 'alice', 'bob')
    const alice = await world.connect('alice')
    const bob = await world.connect('bob')
    world.bus.drops = () => true
    for (let i = 0; i < 3; i++) await world.send('private-1', 'bob')
    // the directory and the stream have it, and the gateway is not asked
    const { confirmRemoval } = world.bus.port
    world.bus.port.confirmRemoval = async () => undefined
    await world.remove('private-1', 'alice')
    world.bus.port.confirmRemoval = confirmRemoval
    world.bus.drops = () => false
    await world.send('private-1', 'bob', 'after')
    expect(bob.received('channel.head')).toHaveLength(1)
    expect(alice.received('channel.head')).toEqual([])
    expect(alice.received('channel.removed')).toHaveLength(1)
    await world.send('private-1', 'bob', 'after')
    expect(alice.received('message.new')).toEqual([])
  })

  it('I8: ends what was skipped over also where nobody is left who tells of it, whatever is remembered here', async () => {
    await world.close()
    world = await createWorld({ gateway: { repairMaxEvents: 2 } })
    await world.members('private-1', 'alice', 'bob')
    const alice = await world.connect('alice')
    await world.send('private-1', 'alice', 'remembered as a member')
    // in the directory, and brought by a process that died with whoever had asked
    const removal = { channelId: 'private-1', userId: 'alice', reason: 'kicked' } as const
    const { entries } = await world.directory.port.removeMember(removal)
    await world.directory.port.outboxDone(entries.map(({ entryId }) => entryId))
    alice.take()
    world.bus.drops = () => true
    for (let i = 0; i < 3; i++) await world.send('private-1', 'bob', 'lost')
    world.bus.drops = () => false
    for (let i = 0; i < 2; i++) await world.send('private-1', 'bob', 'after')
    expect(alice.take()).toMatchObject([{ type: 'channel.removed', reason: 'kicked' }])
  })

  it('and joining again follow each other', async () => {
    const alice = await world.connect('alice')
    await world.remove('private-1', 'alice')
    await world.send('private-1', 'bob', 'unseen')
    await world.join('private-1', 'alice', { visibleFromSeq: 5 })
    await world.send('private-1', 'bob', 'seen')
    const frames = alice.received().slice(1)
    expect(frames.map(({ type }) => type).filter((type) => type !== 'member.joined')).toEqual([
      'member.left',
      'channel.removed',
      'channel.added',
      'message.new',
    ])
    expect(frames.find(({ type }) => type === 'channel.added').channel.oldest_seq).toBe(5)
    expect(frames.at(-1)).toMatchObject({ text: 'seen' })
  })
})
