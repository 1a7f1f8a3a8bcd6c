import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresence } from '../../src/adapters/memory/presence.js'
import type { Presence } from '../../src/ports/presence.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

const LIMIT = 20_000
let world: World
let presence: Presence
let isAway: boolean
let bob: FakeSocket
let notes: number

/** Presence that a test can take away. */
function breakable(inner: Presence): Presence {
  const unless = <T>(run: () => Promise<T>): Promise<T> =>
    isAway ? Promise.reject(new Error('away')) : run()
  return {
    note: (holder, all) => {
      notes++
      return unless(() => inner.note(holder, all))
    },
    expired: (limit) => unless(() => inner.expired(limit)),
    read: (userIds) => unless(() => inner.read(userIds)),
  }
}

beforeEach(async () => {
  isAway = false
  notes = 0
  world = await createWorld({
    gateway: { socketBufferMaxBytes: LIMIT },
    ports: (environment) => {
      presence = createMemoryPresence(environment)
      return { presence: breakable(presence) }
    },
  })
  await world.members('c1', 'alice', 'bob', 'carol')
  bob = await world.connect('bob')
})
afterEach(() => world.close())

let refs = 0
async function subscribe(socket: FakeSocket, channel_id = 'c1', user_ids?: string[]) {
  const ref = `s${++refs}`
  socket.say({ type: 'presence.subscribe', ref, channel_id, ...(user_ids && { user_ids }) })
  await world.environment.settle()
  return socket.received().filter((envelope) => envelope.ref === ref)
}
const updates = (socket: FakeSocket) =>
  socket.received('presence.update').map(({ user_id, status }) => `${user_id} ${status}`)

/** Lets time pass while these clients live, each saying something now and then. */
async function pass(ms: number, ...sockets: FakeSocket[]) {
  for (let passed = 0; passed < ms; passed += 5_000) {
    for (const socket of sockets) {
      if (socket.closedWith === undefined) socket.say({ type: 'ping', ts: 1 })
    }
    await world.environment.advance(Math.min(5_000, ms - passed))
  }
}

describe('presence', () => {
  it('[P-99] a subscription is answered by who is there, the offline included, and nobody who is no member', async () => {
    await world.members('c2', 'stranger')
    await world.connect('stranger')
    await world.connect('alice')
    await pass(5_000, bob)
    const asked = ['alice', 'stranger', 'nobody', 'carol', 'bob']
    expect(await subscribe(bob, 'c1', asked)).toEqual([
      {
        type: 'presence.snapshot',
        ref: expect.any(String),
        channel_id: 'c1',
        users: [
          { user_id: 'alice', status: 'online' },
          { user_id: 'carol', status: 'offline' },
          { user_id: 'bob', status: 'online' },
        ],
        has_more: false,
      },
    ])
    const [all] = await subscribe(bob)
    expect(all.users.map((user: { user_id: string }) => user.user_id)).toEqual([
      'alice',
      'bob',
      'carol',
    ])
  })

  it('[P-99] I8: of a channel that is not theirs nobody learns anything', async () => {
    await world.members('private', 'alice')
    expect(await subscribe(bob, 'private')).toMatchObject([{ code: 'channel_not_found' }])
    await subscribe(bob)
    await world.remove('c1', 'bob')
    const alice = await world.connect('alice')
    await pass(15_000, alice, bob)
    expect(updates(bob)).toEqual([])
  })

  it('[P-99] who did not subscribe, or does no more, is told nothing', async () => {
    const carol = await world.connect('carol')
    await subscribe(bob)
    const alice = await world.connect('alice')
    await pass(5_000, alice, bob, carol)
    expect(updates(bob)).toContain('alice online')
    expect(updates(carol)).toEqual([])
    bob.say({ type: 'presence.unsubscribe', channel_id: 'c1' })
    alice.end()
    await pass(15_000, bob, carol)
    expect(updates(bob)).not.toContain('alice offline')
  })

  it('[P-99] who takes it back before it is answered is answered, and told nothing', async () => {
    bob.say({ type: 'presence.subscribe', ref: 'hasty', channel_id: 'c1' })
    bob.say({ type: 'presence.unsubscribe', channel_id: 'c1' })
    await world.environment.settle()
    expect(bob.received('presence.snapshot')).toMatchObject([{ ref: 'hasty' }])
    const alice = await world.connect('alice')
    await pass(10_000, bob, alice)
    expect(updates(bob)).toEqual([])
  })

  it('[P-98] online while one device is, away while all are, offline after the last has gone', async () => {
    await subscribe(bob)
    const [first, second] = [await world.connect('alice'), await world.connect('alice')]
    await pass(5_000, bob, first, second)
    first.say({ type: 'presence.set', status: 'away' })
    await pass(10_000, bob, first, second)
    second.say({ type: 'presence.set', status: 'away' })
    await pass(10_000, bob, first, second)
    first.say({ type: 'presence.set', status: 'online' })
    await pass(10_000, bob, first, second)
    first.end()
    await pass(10_000, bob, second)
    second.end()
    await pass(15_000, bob)
    expect(updates(bob).filter((update) => update.startsWith('alice'))).toEqual([
      'alice online',
      'alice away',
      'alice online',
      'alice away',
      'alice offline',
    ])
    expect(bob.received('presence.update').at(-1)).toMatchObject({ last_seen: expect.any(Number) })
  })

  it('[P-98] a connection whose client says nothing for 90 s is away, and online with its next word', async () => {
    await subscribe(bob)
    const alice = await world.connect('alice')
    for (let i = 0; i < 20; i++) {
      alice.listener?.pong()
      await pass(5_000, bob)
    }
    expect(updates(bob).filter((update) => update.startsWith('alice'))).toEqual([
      'alice online',
      'alice away',
    ])
    alice.say({ type: 'ping', ts: 1 })
    await pass(5_000, bob, alice)
    expect(updates(bob).at(-1)).toBe('alice online')
  })

  it('[P-98] who comes back within 5 s was never away', async () => {
    await subscribe(bob)
    let alice = await world.connect('alice')
    await pass(5_000, bob, alice)
    bob.take()
    for (let i = 0; i < 5; i++) {
      alice.end()
      await world.environment.advance(4_900)
      alice = await world.connect('alice')
      await pass(100, bob, alice)
    }
    await pass(10_000, bob, alice)
    expect(updates(bob)).toEqual(['bob online', 'alice online'])
  })

  it('[P-98] what another process noted ends after 45 s, and its end is told once', async () => {
    await subscribe(bob)
    const seenAt = world.environment.now()
    await presence.note('gone', [{ userId: 'carol', status: 'online', seenAt }])
    await pass(40_000, bob)
    expect((await subscribe(bob, 'c1', ['carol']))[0].users).toMatchObject([{ status: 'online' }])
    await pass(20_000, bob)
    expect(updates(bob).filter((update) => update.startsWith('carol'))).toEqual(['carol offline'])
    expect((await subscribe(bob, 'c1', ['carol']))[0].users).toEqual([
      { user_id: 'carol', status: 'offline', last_seen: seenAt },
    ])
  })

  it('a user is renewed, at most every 15 s and together with the others, and stays', async () => {
    await subscribe(bob)
    const others = await Promise.all([world.connect('alice'), world.connect('carol')])
    await pass(10_000, bob, ...others)
    notes = 0
    await pass(60_000, bob, ...others)
    expect(notes).toBeGreaterThanOrEqual(3)
    expect(notes).toBeLessThanOrEqual(5)
    const [{ users }] = await subscribe(bob)
    expect(users.map((user: { status: string }) => user.status)).toEqual(Array(3).fill('online'))
  })

  it('without its engine own connections still count, nobody is called gone, and it heals', async () => {
    await subscribe(bob)
    await pass(5_000, bob)
    isAway = true
    const alice = await world.connect('alice')
    await pass(5_000, bob, alice)
    expect(updates(bob)).toContain('alice online')
    expect((await subscribe(bob))[0].users).toEqual([
      { user_id: 'alice', status: 'online' },
      { user_id: 'bob', status: 'online' },
      { user_id: 'carol', status: 'offline' },
    ])
    alice.end()
    await pass(60_000, bob)
    expect(updates(bob)).not.toContain('alice offline')
    isAway = false
    const carol = await world.connect('carol')
    await pass(20_000, bob, carol)
    expect(await presence.read(['bob', 'carol', 'alice'])).toMatchObject([
      { status: 'online' },
      { status: 'online' },
      { status: 'offline' },
    ])
    expect(updates(bob)).toContain('carol online')
    expect(world.troubles.length).toBeGreaterThan(0)
    world.troubles.length = 0
  })

  it('[P-100] of more than 10,000 members at most one update a second is told', async () => {
    await subscribe(bob)
    const channel = channelOf('c1')
    channel.memberCount = 10_001
    bob.take()
    for (let i = 0; i < 20; i++) {
      world.gateway.receive({
        channels: [],
        answers: [],
        ephemeral: [{ kind: 'presence', userId: `u${i}`, status: 'online', channelIds: ['c1'] }],
      })
      await world.environment.advance(100)
    }
    expect(updates(bob).filter((update) => update.startsWith('u'))).toEqual([
      'u0 online',
      'u10 online',
    ])
    expect(world.metrics.counts['shed presence']).toBe(18)
  })

  it('[P-101] a reader with half a backlog gets no presence, and still every event', async () => {
    await subscribe(bob)
    bob.take()
    bob.reading = false
    bob.buffered = LIMIT / 2 + 1
    const tell = async () => {
      world.gateway.receive({
        channels: [],
        answers: [],
        ephemeral: [{ kind: 'presence', userId: 'alice', status: 'online', channelIds: ['c1'] }],
      })
      await world.environment.settle()
    }
    await tell()
    await world.send('c1', 'alice')
    expect(updates(bob)).toEqual([])
    expect(bob.received('message.new')).toHaveLength(1)
    bob.buffered = 0
    await tell()
    expect(updates(bob)).toEqual(['alice online'])
  })

  it('[P-99] I7: a connection subscribes to at most 100 channels', async () => {
    const channelIds = Array.from({ length: 101 }, (_, i) => `many${i}`)
    for (const channelId of channelIds) await world.members(channelId, 'bob')
    for (const channelId of channelIds.slice(0, 100)) {
      expect((await subscribe(bob, channelId))[0].type).toBe('presence.snapshot')
      await world.environment.advance(50)
    }
    expect(await subscribe(bob, 'many100')).toMatchObject([{ code: 'rate_limited' }])
    expect((await subscribe(bob, 'many0'))[0].type).toBe('presence.snapshot')
    bob.say({ type: 'presence.unsubscribe', channel_id: 'many1' })
    expect((await subscribe(bob, 'many100'))[0].type).toBe('presence.snapshot')
  })

  it('a snapshot of long ids comes in several frames, each within the bound', async () => {
    const users = Array.from({ length: 700 }, (_, i) => `${i}${'€'.repeat(60)}`)
    for (const user of users)
      await world.directory.port.setMember({ channelId: 'c1', userId: user, role: 'member' })
    const frames = await subscribe(bob)
    expect(frames.length).toBeGreaterThan(1)
    expect(frames.map(({ has_more }) => has_more)).toEqual([
      ...Array(frames.length - 1).fill(true),
      false,
    ])
    expect(frames.flatMap((frame) => frame.users)).toHaveLength(703)
  })
})

function channelOf(channelId: string): { memberCount: number } {
  const { channels } = world.gateway as unknown as {
    channels: { get(id: string): { memberCount: number } | undefined }
  }
  const channel = channels.get(channelId)
  if (channel === undefined) throw new Error('it is not open')
  return channel
}
