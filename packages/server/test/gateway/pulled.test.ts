import { afterEach, describe, expect, it } from 'vitest'
import { SERVER } from '../../src/operations/actor.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World, type WorldOptions } from './world.js'

const MEMBERS = 50_000
let world: World
afterEach(() => world.close())

async function begin(gateway: WorldOptions['gateway'] = {}): Promise<void> {
  world = await createWorld({ gateway })
}

/** Members that are in the directory and never connect; how they joined is past. */
async function fill(channelId: string, count = MEMBERS): Promise<void> {
  const { port } = world.directory
  for (let i = 0; i < count; i++) {
    const far = { userId: `far${i}`, role: 'member' } as const
    await port.setWorkspaceMember({ workspaceId: 'w1', ...far })
    const { entries } = await port.setMember({ channelId, ...far })
    await port.outboxDone(entries.map(({ entryId }) => entryId))
  }
}

/** A channel with so many members, a few of whom connect. */
async function giant(...userIds: string[]): Promise<readonly FakeSocket[]> {
  await world.members('giant', ...userIds)
  await fill('giant')
  const sockets = []
  for (const userId of userIds) sockets.push(await world.connect(userId))
  for (const socket of sockets) socket.take()
  return sockets
}

const sendMany = async (channelId: string, count: number) => {
  for (let i = 0; i < count; i++) await world.send(channelId, 'alice', `${i}`)
}
const second = () => world.environment.advance(1_000)

describe('a channel of 50,000 members', () => {
  it('[P-33] I6: sends no bodies, but the head at once, at most once a second, and when it has moved', async () => {
    await begin()
    const [alice, bob] = await giant('alice', 'bob')
    await sendMany('giant', 1)
    await world.environment.advance(1)
    expect(bob?.take()).toMatchObject([{ type: 'channel.head', head_seq: 3, message_count: 1 }])
    for (let i = 0; i < 15; i++) {
      await sendMany('giant', 5)
      await world.environment.advance(100)
    }
    await second()
    await second()
    expect(bob?.take()).toMatchObject([
      { type: 'channel.head', channel_id: 'giant', oldest_seq: 1, spread_ms: 2 },
      { type: 'channel.head', head_seq: 78, message_count: 76 },
    ])
    expect(alice?.received('message.new')).toEqual([])
    expect(world.metrics.counts).toMatchObject({ pulledChannels: 1, headsTold: 6 })
  })

  it('acks what its members send', async () => {
    await begin()
    const [alice] = await giant('alice')
    alice?.say(world.command('giant', { ref: 'a' }))
    await world.environment.settle()
    expect(alice?.take()).toMatchObject([{ type: 'message.ack', ref: 'a', channel_seq: 2 }])
  })

  it('[P-58] who pulls gets all of it from what this gateway was sent: nothing is read', async () => {
    await begin()
    const sockets = await giant('alice', ...Array.from({ length: 29 }, (_, i) => `u${i}`))
    const [head] = sockets.map((socket) => socket.received('hello_ack')[0].channels[0].head_seq)
    world.store.reset()
    await sendMany('giant', 80)
    await second()
    for (const socket of sockets) {
      const page = await world.backfill(socket, 'giant', { after_seq: head })
      expect(page.messages.map(({ text }: { text: string }) => text)).toEqual(
        Array.from({ length: 80 }, (_, i) => `${i}`),
      )
      expect(page.has_more).toBe(false)
    }
    expect(world.store.pages).toEqual([])
    expect(world.store.heads).toEqual([])
  })

  it('costs the members of another channel nothing: the same frames, writes and reads', async () => {
    await begin()
    const [, ...far] = await giant('alice', 'bob', 'carol')
    for (const channelId of ['quiet', 'beside']) {
      await world.members(channelId, 'alice', 'dora', 'emil')
    }
    const near = [await world.connect('dora'), await world.connect('emil')]
    /** What ten messages of a channel bring to its members, with so many in the giant between each two. */
    async function tenIn(channelId: string, between: number) {
      for (const socket of [...near, ...far]) socket.take()
      world.store.reset()
      const before = near.map(({ writes }) => writes)
      for (let i = 0; i < 10; i++) {
        await sendMany(channelId, 1)
        await sendMany('giant', between)
        await world.environment.advance(50)
      }
      return {
        envelopes: near.map((socket) => socket.take().map(({ type, text }) => [type, text])),
        writes: near.map(({ writes }, i) => writes - (before[i] ?? 0)),
        reads: world.store.pages.length,
      }
    }
    const alone = await tenIn('quiet', 0)
    expect(alone.writes).toEqual([10, 10])
    expect(await tenIn('beside', 50)).toEqual(alone)
    // five hundred messages in half a second were one small frame for each of the giant's own
    for (const socket of far) expect(socket.take()).toHaveLength(1)
  })

  it('I8: who leaves is told so, and nothing of the channel afterwards', async () => {
    await begin()
    const [, bob] = await giant('alice', 'bob')
    await sendMany('giant', 3)
    await world.remove('giant', 'bob')
    const last = bob?.take().at(-1)
    expect(last).toMatchObject({ type: 'channel.removed', channel_id: 'giant' })
    await sendMany('giant', 3)
    await second()
    expect(bob?.take()).toEqual([])
  })

  it('tells who joined late where their history begins', async () => {
    await begin()
    await giant('alice')
    await sendMany('giant', 3)
    await world.join('giant', 'late', { visibleFromSeq: 4 })
    const late = await world.connect('late')
    late.take()
    await second()
    await sendMany('giant', 1)
    await second()
    expect(late.take().at(-1)).toMatchObject({ type: 'channel.head', head_seq: 6, oldest_seq: 4 })
  })

  it('I7: a slow reader gets one head when its backlog allows', async () => {
    await begin({ socketBufferMaxBytes: 10_000 })
    const [, bob] = await giant('alice', 'bob')
    if (bob === undefined) throw new Error('no socket')
    bob.buffered = 20_000
    for (let i = 0; i < 3; i++) {
      await sendMany('giant', 2)
      await second()
    }
    expect(bob.take()).toEqual([])
    bob.buffered = 0
    await second()
    expect(bob.take()).toMatchObject([{ type: 'channel.head', head_seq: 8 }])
  })
})

describe('a channel that grows and shrinks', () => {
  it('I7: goes over to heads above the bound, and back only clearly below it', async () => {
    await begin({ pullAboveMembers: 20 })
    await world.members('c', ...Array.from({ length: 20 }, (_, i) => `u${i}`), 'alice')
    const alice = await world.connect('alice')
    await world.remove('c', 'u0')
    await second()
    alice.take()
    const kindOfNext = async () => {
      await sendMany('c', 1)
      await second()
      return alice.take().map(({ type }) => type)
    }
    // it was above the bound when this gateway opened it, and twenty are not clearly below
    expect(await kindOfNext()).toEqual(['channel.head'])
    await world.remove('c', 'u1')
    await world.remove('c', 'u2')
    await second()
    alice.take()
    expect(await kindOfNext()).toEqual(['message.new'])
    await world.join('c', 'u1')
    await world.join('c', 'u2')
    alice.take()
    expect(await kindOfNext()).toEqual(['message.new'])
    await world.join('c', 'u0')
    await second()
    alice.take()
    expect(await kindOfNext()).toEqual(['channel.head'])
  })

  it('counts with the directory where the stream did not tell', async () => {
    await begin({ pullAboveMembers: 20 })
    await world.members('c', 'alice', ...Array.from({ length: 12 }, (_, i) => `u${i}`))
    const alice = await world.connect('alice')
    await fill('c', 30)
    await world.environment.advance(10_000)
    alice.take()
    await sendMany('c', 1)
    await second()
    expect(alice.take().map(({ type }) => type)).toEqual(['channel.head'])
  })

  it('is sent all bodies where the bound is 0', async () => {
    await begin({ pullAboveMembers: 0 })
    const [, bob] = await giant('alice', 'bob')
    await sendMany('giant', 3)
    expect(bob?.received('message.new')).toHaveLength(3)
  })
})

describe('a channel that is too hot', () => {
  const hot = { pullAboveEventsPerS: 10 }

  it('[P-51] goes over to heads above the rate, and on with bodies right above a head', async () => {
    await begin(hot)
    await world.members('c', 'alice', 'bob')
    const bob = await world.connect('bob')
    for (let i = 0; i < 20; i++) {
      await sendMany('c', 4)
      await world.environment.advance(200)
    }
    const busy = bob.received('message.new').length
    expect(busy).toBeGreaterThanOrEqual(49)
    expect(busy).toBeLessThan(55)
    // half as often is not yet clearly below
    for (let i = 0; i < 10; i++) {
      await sendMany('c', 7)
      await second()
    }
    expect(bob.received('message.new')).toHaveLength(busy)
    for (let i = 0; i < 15; i++) {
      await sendMany('c', 1)
      await second()
    }
    expect(bob.received('message.new').length).toBeGreaterThan(busy)
    let next = Number.NaN
    for (const envelope of bob.received()) {
      if (envelope.type === 'channel.head') next = envelope.head_seq + 1
      if (envelope.type !== 'message.new') continue
      if (!Number.isNaN(next)) expect(envelope.channel_seq).toBe(next)
      next = envelope.channel_seq + 1
    }
    expect(next).toBe(2 + 20 * 4 + 10 * 7 + 15 + 1)
  })

  it('keeps what its members pull, however fast it goes, and forgets it afterwards', async () => {
    await begin({ ...hot, tailMaxEvents: 20 })
    await world.members('c', 'alice', 'bob')
    const bob = await world.connect('bob')
    await sendMany('c', 300)
    await second()
    world.store.reset()
    for (let after = 60; after < 300; after += 100) {
      const page = await world.backfill(bob, 'c', { after_seq: after })
      expect(page).toMatchObject({ from_seq: after + 1 })
    }
    expect(world.store.pages).toEqual([])
    await world.environment.advance(20_000)
    await sendMany('c', 1)
    await world.backfill(bob, 'c', { after_seq: 60 })
    expect(world.store.pages).not.toEqual([])
  })

  it('is left alone by a burst that acceptance allows', async () => {
    await begin()
    await world.members('c', 'alice', 'bob')
    const bob = await world.connect('bob')
    await sendMany('c', 200)
    expect(bob.received('message.new')).toHaveLength(200)
  })

  it('leaves no timer when nobody follows it any more', async () => {
    await begin(hot)
    await world.core.channels.put(SERVER, 'w1', 'c', { kind: 'public' })
    await world.join('c', 'alice')
    const timers = world.environment.timers
    const alice = await world.connect('alice')
    await sendMany('c', 100)
    alice.end()
    await world.environment.advance(2_000)
    expect(world.environment.timers).toBeLessThanOrEqual(timers + 1)
  })
})
