import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresence } from '../../src/adapters/memory/presence.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

let world: World
let bob: FakeSocket
/** What reading presence waits for. */
let reading: Promise<void>

beforeEach(async () => {
  reading = Promise.resolve()
  world = await createWorld({
    ports(environment) {
      const presence = createMemoryPresence(environment)
      const read = async (userIds: readonly string[]) => {
        await reading
        return presence.read(userIds)
      }
      return { presence: { ...presence, read } }
    },
  })
  await world.members('c1', 'alice', 'bob', 'carol')
  bob = await world.connect('bob')
})
afterEach(() => world.close())

describe('presence', () => {
  it('[P-99] who leaves while it is read is not named behind their leaving', async () => {
    const held = Promise.withResolvers<void>()
    reading = held.promise
    bob.say({ type: 'presence.subscribe', ref: 'slow', channel_id: 'c1' })
    await world.environment.settle()
    await world.remove('c1', 'carol')
    await world.remove('c1', 'alice')
    await world.join('c1', 'alice')
    held.resolve()
    await world.environment.settle()
    const [{ users }] = bob.received('presence.snapshot')
    expect(users.map((user: { user_id: string }) => user.user_id)).toEqual(['alice', 'bob'])
  })

  it('[P-99] waits for nothing about those who join while it is read', async () => {
    const held = Promise.withResolvers<void>()
    reading = held.promise
    bob.say({ type: 'presence.subscribe', ref: 'slow', channel_id: 'c1' })
    await world.environment.settle()
    const newcomers = Array.from({ length: 20 }, (_, i) => `new ${i}`)
    for (const userId of newcomers) await world.join('c1', userId)
    const { membership } = world.directory.port
    const asked: string[] = []
    world.directory.port.membership = (channelId, userId) => {
      asked.push(userId)
      return membership(channelId, userId)
    }
    held.resolve()
    await world.environment.settle()
    expect(bob.received('presence.snapshot')[0].users).toHaveLength(3)
    expect(asked).toEqual([])
  })
})
