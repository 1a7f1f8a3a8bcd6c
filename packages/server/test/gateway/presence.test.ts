import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresence } from '../../src/adapters/memory/presence.js'
import type { Presence } from '../../src/ports/presence.js'
import { subscribe, updates } from './presence-set-up.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

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
    ports: (environment) => {
      presence = createMemoryPresence(environment)
      return { presence: breakable(presence) }
    },
  })
  await world.members('c1', 'alice', 'bob', 'carol')
  bob = await world.connect('bob')
})
afterEach(() => world.close())

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
    expect(await subscribe(world, bob, 'c1', asked)).toEqual([
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
    const [all] = await subscribe(world, bob)
    expect(all.users.map((user: { user_id: string }) => user.user_id)).toEqual([
      'alice',
      'bob',
      'carol',
    ])
  })

  it('[P-99] I8: of a channel that is not theirs nobody learns anything', async () => {
    await world.members('private', 'alice')
    expect(await subscribe(world, bob, 'private')).toMatchObject([{ code: 'channel_not_found' }])
    await subscribe(world, bob)
    await world.remove('c1', 'bob')
    const alice = await world.connect('alice')
    await pass(15_000, alice, bob)
    expect(updates(bob)).toEqual([])
  })

  it('[P-99] is told also in channels that the user’s own client has not asked for', async () => {
    for (let i = 0; i < 201; i++) await world.members(`more-${i}`, 'alice')
    await pass(5_000, bob)
    await subscribe(world, bob)
    const alice = await world.connect('alice')
    const [{ channels }] = alice.received('hello_ack')
    expect(channels.map(({ channel_id }: { channel_id: string }) => channel_id)).not.toContain('c1')
    await pass(10_000, alice, bob)
    expect(updates(bob)).toEqual(['alice online'])
    alice.end()
    await pass(15_000, bob)
    expect(updates(bob)).toEqual(['alice online', 'alice offline'])
  })

  it('[P-99] the end of somebody elsewhere is told when their channels can be read again', async () => {
    await pass(5_000, bob)
    await subscribe(world, bob)
    await presence.note('another', [{ userId: 'alice', status: 'online', seenAt: 1 }])
    world.directory.failing = true
    await pass(60_000, bob)
    expect(updates(bob)).toEqual([])
    world.directory.failing = false
    await pass(10_000, bob)
    expect(updates(bob)).toEqual(['alice offline'])
    world.troubles.length = 0
  })

  it('[P-99] of many ends none is lost while their channels cannot be read', async () => {
    const names = Array.from({ length: 450 }, (_, i) => `u${i}`)
    for (const name of names) await world.join('c1', name)
    const notes = names.map((userId) => ({ userId, status: 'online' as const, seenAt: 1 }))
    await presence.note('another', notes)
    await pass(5_000, bob)
    await subscribe(world, bob)
    world.directory.failing = true
    await pass(90_000, bob)
    world.directory.failing = false
    await pass(60_000, bob)
    const gone = names.map((name) => `${name} offline`)
    expect(updates(bob).sort()).toEqual(gone.sort())
    world.troubles.length = 0
  })

  it('[P-99] who did not subscribe, or does no more, is told nothing', async () => {
    const carol = await world.connect('carol')
    await subscribe(world, bob)
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
    await subscribe(world, bob)
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
    await subscribe(world, bob)
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
    await subscribe(world, bob)
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
    await subscribe(world, bob)
    const seenAt = world.environment.now()
    await presence.note('gone', [{ userId: 'carol', status: 'online', seenAt }])
    await pass(40_000, bob)
    expect((await subscribe(world, bob, 'c1', ['carol']))[0].users).toMatchObject([
      { status: 'online' },
    ])
    await pass(20_000, bob)
    expect(updates(bob).filter((update) => update.startsWith('carol'))).toEqual(['carol offline'])
    expect((await subscribe(world, bob, 'c1', ['carol']))[0].users).toEqual([
      { user_id: 'carol', status: 'offline', last_seen: seenAt },
    ])
  })

  it('a user is renewed, at most every 15 s and together with the others, and stays', async () => {
    await subscribe(world, bob)
    const others = await Promise.all([world.connect('alice'), world.connect('carol')])
    await pass(10_000, bob, ...others)
    notes = 0
    await pass(60_000, bob, ...others)
    expect(notes).toBeGreaterThanOrEqual(3)
    expect(notes).toBeLessThanOrEqual(5)
    const [{ users }] = await subscribe(world, bob)
    expect(users.map((user: { status: string }) => user.status)).toEqual(Array(3).fill('online'))
  })

  it('without its engine own connections still count, nobody is called gone, and it heals', async () => {
    await subscribe(world, bob)
    await pass(5_000, bob)
    isAway = true
    const alice = await world.connect('alice')
    await pass(5_000, bob, alice)
    expect(updates(bob)).toContain('alice online')
    expect((await subscribe(world, bob))[0].users).toEqual([
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

  it('[P-98] whom another gateway sees is not called gone when the engine comes back with notes that have ended', async () => {
    const notedByAnother = () =>
      presence.note('another', [{ userId: 'carol', status: 'online', seenAt: 1 }])
    await notedByAnother()
    await subscribe(world, bob)
    await pass(30_000, bob)
    isAway = true
    await pass(60_000, bob)
    isAway = false
    await pass(15_000, bob)
    // the other one comes to it later than this one
    await notedByAnother()
    await pass(40_000, bob)
    expect(updates(bob)).not.toContain('carol offline')
    await pass(20_000, bob)
    expect(updates(bob)).toContain('carol offline')
    world.troubles.length = 0
  })
})
