import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryKnownHeads } from '../../src/adapters/memory/known-heads.js'
import type { KnownHeads } from '../../src/ports/known-heads.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

let world: World
let heads: KnownHeads
let away: boolean
/** Heads that are answered instead of those that were raised, by channel. */
let known: Map<string, number>
let alice: FakeSocket
beforeEach(async () => {
  heads = createMemoryKnownHeads()
  away = false
  known = new Map()
  const whenThere =
    <A, T>(call: (given: A) => Promise<T>) =>
    async (given: A) => {
      if (away) throw new Error('connection refused')
      return call(given)
    }
  world = await createWorld({
    knownHeads: {
      raise: whenThere(heads.raise),
      read: whenThere(async (channelIds: readonly string[]) =>
        (await heads.read(channelIds)).map((head) =>
          head === undefined
            ? undefined
            : { ...head, headSeq: known.get(head.channelId) ?? head.headSeq },
        ),
      ),
    },
  })
  await world.members('c1', 'alice', 'bob')
  alice = await world.connect('alice')
  await sweeps(1)
  world.store.reset()
})
afterEach(() => world.close())

/** Goes on without the client falling silent. */
async function sweeps(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    alice.listener?.pong()
    await world.environment.advance(10_000)
  }
}
const texts = () => alice.received('message.new').map(({ text }) => text)

describe('heads that others know', () => {
  it('R12: a lost push is found by a head that its owner raised, without asking the store for heads', async () => {
    world.bus.drops = () => true
    await world.send('c1', 'bob', 'lost')
    expect(await heads.read(['c1'])).toMatchObject([{ channelId: 'c1', epoch: 1, headSeq: 3 }])
    await sweeps(1)
    expect(texts()).toEqual(['lost'])
    expect(world.store.heads).toEqual([])
  })

  it('R12: a channel whose head was lost on the way is compared with the store within six sweeps', async () => {
    world.bus.drops = () => true
    await world.send('c1', 'bob', 'unheard')
    // Redis went back to a copy that had not heard of it
    known.set('c1', 2)
    await sweeps(6)
    expect(texts()).toEqual(['unheard'])
  })

  it('a head that could not be raised is raised by a later digest', async () => {
    away = true
    await world.send('c1', 'bob', 'late')
    await sweeps(1)
    expect(await heads.read(['c1'])).toMatchObject([{ headSeq: 2 }])
    away = false
    await world.environment.advance(2_100)
    expect(await heads.read(['c1'])).toMatchObject([{ headSeq: 3 }])
  })

  it('R12: while nobody knows heads, all are compared with the store each time', async () => {
    away = true
    world.bus.drops = () => true
    await world.send('c1', 'bob', 'found')
    await sweeps(1)
    expect(texts()).toEqual(['found'])
    expect(world.store.heads).toContain('c1')
  })

  it('R10: of an epoch that is not its own a gateway reads the head from the store', async () => {
    await world.send('c1', 'bob', 'void')
    world.bus.drops = () => true
    await world.operate('c1', { kind: 'epoch.raise', epoch: 2, fromSeq: 2 })
    await sweeps(1)
    expect(alice.received('channel.reset')).toMatchObject([{ channel_id: 'c1', from_seq: 2 }])
  })
})
