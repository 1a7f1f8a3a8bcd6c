import { describe, expect, it } from 'vitest'
import { createRedisPresence } from '../../src/adapters/redis/presence.js'
import { createWorld } from '../gateway/world.js'
import { until } from '../support/wait.js'
import { useRedis } from './service.js'

const service = useRedis()
const note = (userId: string) => ({ userId, status: 'online' as const, seenAt: 1_000 })

describe('presence in Redis', () => {
  it('a snapshot of 1,000 users is one pipelined read', async () => {
    const redis = await service.connect()
    const presence = createRedisPresence(redis)
    const users = Array.from({ length: 1_000 }, (_, i) => `u${i}`)
    await presence.note('p1', users.map(note))
    // every command of a read is under way before the first is answered, so they go out together
    let under = 0
    let most = 0
    const run = redis.run.bind(redis)
    redis.run = async (...given) => {
      most = Math.max(most, ++under)
      try {
        return (await run(...given)) as never
      } finally {
        under--
      }
    }
    const read = await presence.read(users)
    expect(most).toBe(1_000)
    expect(read.every(({ status }) => status === 'online')).toBe(true)
  })

  it('heals by renewals after Redis was killed, and lost everything', async () => {
    const redis = await service.connect()
    const presence = createRedisPresence(redis)
    await presence.note('p1', [note('a')])
    const node = service.node()
    await node.kill()
    await expect(presence.note('p1', [note('a')])).rejects.toThrow()
    await expect(presence.read(['a'])).rejects.toThrow()
    await node.start()
    await until('it is noted again', async () => {
      try {
        await presence.note('p1', [note('a')])
        return true
      } catch {
        return false
      }
    })
    expect(await presence.read(['a', 'b'])).toMatchObject([
      { status: 'online' },
      { status: 'offline' },
    ])
  })

  it('[P-98] who leaves after Redis has lost everything is told offline to who watches', async () => {
    const redis = await service.connect()
    const presence = createRedisPresence(redis, { ttlMs: 2_000 })
    const world = await createWorld({ ports: () => ({ presence }) })
    try {
      await world.members('c1', 'alice', 'bob')
      const [alice, bob] = [await world.connect('alice'), await world.connect('bob')]
      bob.say({ type: 'presence.subscribe', ref: 's', channel_id: 'c1' })
      /** Lets the gateway's time pass, and Redis answer, until bob is told. */
      const isTold = (status: string) =>
        until(`bob is told that alice is ${status}`, async () => {
          bob.say({ type: 'ping', ts: 1 })
          await world.environment.advance(100)
          return bob
            .received('presence.update')
            .some((update) => update.user_id === 'alice' && update.status === status)
        })
      await isTold('online')
      await redis.ask((client) => client.flushall())
      alice.end()
      await isTold('offline')
      expect(world.troubles).toEqual([])
    } finally {
      await world.close()
    }
  })

  it('[P-98] who subscribes anew sees that those have gone whose process died as Redis lost everything', async () => {
    const redis = await service.connect()
    const presence = createRedisPresence(redis)
    const world = await createWorld({ ports: () => ({ presence }) })
    try {
      await world.members('c1', 'alice', 'bob')
      await presence.note('another process', [note('alice')])
      const bob = await world.connect('bob')
      const sees = async (ref: string, status: string) => {
        bob.say({ type: 'presence.subscribe', ref, channel_id: 'c1', user_ids: ['alice'] })
        await until('bob is shown who is there', async () => {
          await world.environment.advance(10)
          const shown = bob.received('presence.snapshot').filter((snapshot) => snapshot.ref === ref)
          return shown.some(({ users }) => users[0]?.status === status)
        })
      }
      await sees('before', 'online')
      // that process notes nobody again
      await redis.ask((client) => client.flushall())
      await sees('after', 'offline')
    } finally {
      await world.close()
    }
  })

  it('keeps nothing of who has gone but when they were seen, and that not for ever', async () => {
    const redis = await service.connect()
    const presence = createRedisPresence(redis, { keepMs: 300 })
    await presence.note('p1', [note('a')])
    await presence.note('p1', [{ userId: 'a', status: 'offline', seenAt: 2_000 }])
    expect(await presence.read(['a'])).toMatchObject([{ lastSeen: 2_000 }])
    await until('it is forgotten', async () => {
      const [record] = await presence.read(['a'])
      return record?.lastSeen === undefined
    })
  })
})
