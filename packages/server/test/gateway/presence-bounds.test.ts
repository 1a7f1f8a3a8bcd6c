import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresence } from '../../src/adapters/memory/presence.js'
import { subscribe, updates } from './presence-set-up.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

const LIMIT = 20_000
let world: World
let bob: FakeSocket

beforeEach(async () => {
  world = await createWorld({
    gateway: { socketBufferMaxBytes: LIMIT },
    ports: (environment) => ({ presence: createMemoryPresence(environment) }),
  })
  await world.members('c1', 'alice', 'bob', 'carol')
  bob = await world.connect('bob')
})
afterEach(() => world.close())

describe('presence keeps its bounds:', () => {
  it('[P-100] of more than 10,000 members at most one update a second is told', async () => {
    await subscribe(world, bob)
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
    await subscribe(world, bob)
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
      expect((await subscribe(world, bob, channelId))[0].type).toBe('presence.snapshot')
      await world.environment.advance(50)
    }
    expect(await subscribe(world, bob, 'many100')).toMatchObject([{ code: 'rate_limited' }])
    expect((await subscribe(world, bob, 'many0'))[0].type).toBe('presence.snapshot')
    bob.say({ type: 'presence.unsubscribe', channel_id: 'many1' })
    expect((await subscribe(world, bob, 'many100'))[0].type).toBe('presence.snapshot')
  })

  it('a snapshot of long ids comes in several frames, each within the bound', async () => {
    const users = Array.from({ length: 700 }, (_, i) => `${i}${'€'.repeat(60)}`)
    for (const userId of users) {
      await world.directory.port.setWorkspaceMember({ workspaceId: 'w1', userId, role: 'member' })
      await world.directory.port.setMember({ channelId: 'c1', userId, role: 'member' })
    }
    const frames = await subscribe(world, bob)
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
