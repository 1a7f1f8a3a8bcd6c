import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

const LIMIT = 20_000
let world: World
let alice: FakeSocket
let bob: FakeSocket
beforeEach(async () => {
  world = await createWorld({ gateway: { socketBufferMaxBytes: LIMIT } })
  await world.members('c1', 'alice', 'bob')
  alice = await world.connect('alice')
  bob = await world.connect('bob')
})
afterEach(() => world.close())

const typing = (over = {}) => ({ type: 'typing', channel_id: 'c1', state: 'start', ...over })
const say = async (socket: FakeSocket, ...frames: object[]) => {
  for (const frame of frames) socket.say(frame)
  await world.environment.settle()
}
const typed = (socket: FakeSocket) =>
  socket.received('typing.update').map(({ user_id, state }) => `${user_id} ${state}`)

describe('typing', () => {
  it('[P-96] reaches the other members who are connected, and none of the sender’s own connections', async () => {
    const second = await world.connect('alice')
    await world.members('c2', 'carol')
    const carol = await world.connect('carol')
    await say(alice, typing(), typing({ state: 'stop' }))
    expect(typed(bob)).toEqual(['alice start', 'alice stop'])
    expect(bob.received('typing.update')[0]).toEqual({
      type: 'typing.update',
      channel_id: 'c1',
      user_id: 'alice',
      state: 'start',
    })
    for (const other of [alice, second, carol]) expect(typed(other)).toEqual([])
  })

  it('[P-96] is stored nowhere: who comes later, or pulls, gets nothing of it', async () => {
    await say(alice, typing())
    const late = await world.connect('bob')
    await world.backfill(late, 'c1')
    expect(typed(late)).toEqual([])
  })

  it('[P-96] I8: who is no member is refused, and hears nothing from the moment that they left', async () => {
    await world.members('private', 'bob')
    await say(alice, typing({ channel_id: 'private', ref: 'r1' }))
    await say(alice, typing({ channel_id: 'nowhere', ref: 'r2' }))
    expect(alice.received('error').map(({ ref, code }) => [ref, code])).toEqual([
      ['r1', 'channel_not_found'],
      ['r2', 'channel_not_found'],
    ])
    await world.remove('c1', 'bob')
    await say(alice, typing())
    await say(bob, typing({ ref: 'r3' }))
    expect(typed(bob)).toEqual([])
    expect(typed(alice)).toEqual([])
    expect(bob.received('error')).toMatchObject([{ ref: 'r3' }])
  })

  it('[P-96] who may only read may not type', async () => {
    await world.join('c1', 'reader', { role: 'read_only' })
    const reader = await world.connect('reader')
    await say(reader, typing({ ref: 'r' }))
    expect(reader.received('error')).toMatchObject([{ ref: 'r', code: 'forbidden' }])
    expect(typed(alice)).toEqual([])
  })

  it('[P-96] I7: above its rate it is dropped without a word, and comes again later', async () => {
    await say(alice, ...Array.from({ length: 50 }, () => typing()))
    expect(typed(bob)).toHaveLength(10)
    expect(alice.received('error')).toEqual([])
    expect(world.metrics.counts['shed typing']).toBe(40)
    await world.environment.advance(1_000)
    await say(alice, typing())
    expect(typed(bob)).toHaveLength(11)
  })

  it('[P-101] a reader who is a little slow gets no typing, and still every event', async () => {
    bob.reading = false
    bob.buffered = LIMIT / 4 + 1
    await say(alice, typing())
    await world.send('c1', 'alice')
    expect(typed(bob)).toEqual([])
    expect(bob.received('message.new')).toHaveLength(1)
    expect(world.metrics.counts['shed typing']).toBe(1)
    bob.buffered = 0
    await say(alice, typing())
    expect(typed(bob)).toEqual(['alice start'])
  })

  it('R13: without a valid lease nothing of it is told', async () => {
    const push = async () => {
      world.gateway.receive({
        channels: [],
        answers: [],
        ephemeral: [{ kind: 'typing', channelId: 'c1', userId: 'x', state: 'start' }],
      })
      await world.environment.settle()
    }
    world.routes.leaseMs = 6_000
    await world.environment.advance(10_000)
    bob = await world.connect('bob')
    await push()
    expect(typed(bob)).toEqual(['x start'])
    world.routes.failing = true
    await world.environment.advance(6_000)
    await push()
    expect(typed(bob)).toEqual(['x start'])
    world.routes.failing = false
  })
})
