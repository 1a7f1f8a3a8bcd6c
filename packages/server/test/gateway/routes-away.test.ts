import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

describe('while routes cannot be registered', () => {
  it('R12: clients connect and read, what no push brings is found by heads, and the sweep heals the route', async () => {
    await world.members('c1', 'alice', 'bob')
    const { assert } = world.routes.port
    world.routes.port.assert = async () => {
      throw new Error('routes are away')
    }
    const alice = await world.connect('alice')
    expect(alice.received('hello_ack')).toHaveLength(1)
    await world.send('c1', 'bob', 'unrouted')
    expect(alice.received('message.new')).toHaveLength(0)
    await world.environment.advance(10_000)
    expect(alice.received('message.new')).toMatchObject([{ text: 'unrouted' }])
    expect(world.troubles.length).toBeGreaterThan(0)
    world.routes.port.assert = assert
    await world.environment.advance(10_000)
    await world.send('c1', 'bob', 'routed')
    expect(alice.received('message.new')).toHaveLength(2)
  })
})
