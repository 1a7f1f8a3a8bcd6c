import { describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createRedisProcesses } from '../../src/adapters/redis/processes.js'
import { createRedisRateLimiter } from '../../src/adapters/redis/rate-limiter.js'
import { createRedisRoutes } from '../../src/adapters/redis/routes.js'
import { knownHeadsContract } from '../../src/ports/contract/known-heads.js'
import { limitsContract } from '../../src/ports/contract/limits.js'
import { presenceContract } from '../../src/ports/contract/presence.js'
import { processesContract } from '../../src/ports/contract/processes.js'
import { recentEventsContract } from '../../src/ports/contract/recent-events.js'
import { routesContract } from '../../src/ports/contract/routes.js'
import { until } from '../support/wait.js'
import {
  knownHeadsHarness,
  limitsHarness,
  presenceHarness,
  processesHarness,
  recentEventsHarness,
  routesHarness,
} from './contracts.js'
import { useRedis } from './service.js'

const redis = useRedis('cluster')
const runner = { describe, it }

routesContract('the routes in a Redis Cluster', routesHarness(redis, false), runner)
processesContract('the processes in a Redis Cluster', processesHarness(redis, false), runner)
presenceContract('the presence in a Redis Cluster', presenceHarness(redis, false), runner)
limitsContract('a Redis Cluster', limitsHarness(redis, false), runner)
knownHeadsContract('the heads in a Redis Cluster', knownHeadsHarness(redis), runner)
recentEventsContract('the pages in a Redis Cluster', recentEventsHarness(redis, false), runner)

const channels = Array.from({ length: 60 }, (_, i) => `channel-${i}`)

describe('Redis Cluster', () => {
  it('keys of one channel share a node, those of many channels are spread over all', async () => {
    const connection = await redis.connect()
    const slots = await connection.ask((client) =>
      Promise.all(
        channels.map(async (channelId) => {
          const kinds = ['routes', 'recent:1:newest', 'recent-right:1:newest', 'rate:x']
          const keys = kinds.map((kind) => connection.keys.of(kind, channelId))
          return Promise.all(keys.map((key) => client.cluster('KEYSLOT', key)))
        }),
      ),
    )
    for (const ofOne of slots) expect(new Set(ofOne).size).toBe(1)
    const thirds = new Set(slots.map(([slot]) => Math.floor((slot ?? 0) / 5_462)))
    expect(thirds.size).toBe(3)
  })

  it('windows of other slots are taken together or not at all', async () => {
    const connection = await redis.connect()
    const limiter = createRedisRateLimiter(connection, { environment: nodeEnvironment })
    const window = (key: string, limit: number) => ({ key, limit, windowMs: 60_000 })
    const full = window('workspace:w', 1)
    expect(await limiter.take([full])).toEqual({ ok: true })
    for (const channelId of channels) {
      const rest = [window(`user:ada\n${channelId}`, 1), window(`channel:${channelId}`, 1)]
      expect(await limiter.take([...rest, full])).toMatchObject({ ok: false, key: full.key })
      expect(await limiter.take(rest)).toEqual({ ok: true })
    }
  })

  it('when a master is killed nothing throws to users, and its replica takes over within seconds', async () => {
    const connection = await redis.connect()
    const processes = createRedisProcesses(connection, { leaseMs: 60_000 })
    const routes = createRedisRoutes(connection, {
      environment: nodeEnvironment,
      processes,
      livingIntervalMs: 100,
      settleMs: 500,
    })
    const limiter = createRedisRateLimiter(connection, { environment: nodeEnvironment })
    await routes.renew('p1')
    await routes.renew('p2')
    await routes.assert('p1', channels)
    const isExact = async () => {
      const found = await routes.lookup(channels)
      for (const processIds of found) {
        // more than needed while it cannot tell, never fewer: unless the master forgot what it had just taken
        expect(processIds).toContain('p1')
      }
      return found.every((processIds) => processIds.length === 1)
    }
    await until('routes are settled', isExact)
    // what replicas have not taken yet a fail-over may lose; here they have
    await until('every replica has it', async () => {
      const acked = await connection.ask((client) => client.wait(1, 100))
      return acked >= 1
    })
    const [master] = redis.service().nodes
    await master?.kill()
    await until(
      'all is exact again',
      async () => {
        for (const channelId of channels.slice(0, 5)) {
          await limiter.take([{ key: `channel:${channelId}`, limit: 1_000, windowMs: 60_000 }])
        }
        return isExact()
      },
      45_000,
    )
    await until('a sweep goes through', () =>
      routes.assert('p2', channels).then(
        () => true,
        () => false,
      ),
    )
    for (const found of await routes.lookup(channels))
      expect(found.toSorted()).toEqual(['p1', 'p2'])
    await master?.start()
    routes.close()
  })
})
