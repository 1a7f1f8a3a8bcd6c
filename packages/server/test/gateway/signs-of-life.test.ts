import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

describe('signs of life', () => {
  it('[P-73] sends a protocol ping after 20 s of silence and closes with 1001 after 30 s', async () => {
    const alice = await world.connect('alice')
    await world.environment.advance(19_900)
    expect(alice.pings).toBe(0)
    await world.environment.advance(400)
    expect(alice.pings).toBe(1)
    await world.environment.advance(9_300)
    expect(alice.closedWith).toBeUndefined()
    await world.environment.advance(800)
    expect(alice.closedWith).toBe(1001)
    expect(alice.pings).toBe(1)
  })

  it('[P-73] any frame and any pong is a sign of life', async () => {
    const alice = await world.connect('alice')
    const bob = await world.connect('bob')
    for (let i = 0; i < 10; i++) {
      await world.environment.advance(19_000)
      alice.say({ type: 'nonsense' })
      bob.listener?.pong()
    }
    expect([alice.pings, bob.pings]).toEqual([0, 0])
    expect([alice.closedWith, bob.closedWith]).toEqual([undefined, undefined])
  })

  it('[P-73] a pong keeps the socket, not the person: idle after 90 s without a frame of the client', async () => {
    const alice = await world.connect('alice')
    for (let i = 0; i < 5; i++) {
      expect(world.gateway.isPresent('alice')).toBe(true)
      await world.environment.advance(17_900)
      alice.listener?.pong()
    }
    await world.environment.advance(1_000)
    expect(world.gateway.isPresent('alice')).toBe(false)
    alice.say({ type: 'ping', ts: 1 })
    expect(world.gateway.isPresent('alice')).toBe(true)
  })

  it('[P-72] answers ping with the same ts and ref', async () => {
    const alice = await world.connect('alice')
    alice.take()
    alice.say({ type: 'ping', ts: 123, ref: 'p' })
    await world.environment.settle()
    expect(alice.take()).toEqual([{ type: 'pong', ts: 123, ref: 'p' }])
  })

  it('needs no timer per connection', async () => {
    await world.connect('alice')
    const timers = world.environment.timers
    for (let i = 0; i < 50; i++) await world.connect('alice')
    expect(world.environment.timers).toBe(timers)
  })

  it('a clock that is set does not end a connection', async () => {
    const alice = await world.connect('alice')
    world.environment.shiftWallClock(86_400_000)
    await world.environment.advance(1_000)
    world.environment.shiftWallClock(-2 * 86_400_000)
    await world.environment.advance(1_000)
    expect(alice.closedWith).toBeUndefined()
  })
})
