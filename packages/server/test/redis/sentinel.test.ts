import { describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createRedisNodeLeases } from '../../src/adapters/redis/node-leases.js'
import { createRedisProcesses } from '../../src/adapters/redis/processes.js'
import { createRedisRateLimiter } from '../../src/adapters/redis/rate-limiter.js'
import { createRedisRecentEvents } from '../../src/adapters/redis/recent-events.js'
import { createRedisRoutes } from '../../src/adapters/redis/routes.js'
import { createRedisTokenRevocation } from '../../src/adapters/redis/token-revocation.js'
import { until } from '../support/wait.js'
import { useRedis } from './service.js'

const service = useRedis('sentinel')
const environment = nodeEnvironment

describe('Redis behind sentinels', () => {
  it('kill -9 of the master: nothing throws to users, and everything is shared again within seconds', async () => {
    const redis = await service.connect()
    const processes = createRedisProcesses(redis, { leaseMs: 60_000 })
    const routes = createRedisRoutes(redis, { environment, processes })
    let unshared = 0
    const limiter = createRedisRateLimiter(redis, { environment, onUnshared: () => unshared++ })
    const revocation = createRedisTokenRevocation(redis, { environment, checkedForMs: 0 })
    const recent = createRedisRecentEvents(redis, { environment })
    const lease = await createRedisNodeLeases(redis, {
      environment,
      settleMs: 0,
      renewEveryMs: 100,
    }).acquire()
    await routes.renew('p1')
    await routes.assert('p1', ['a'])
    await revocation.revoke('token', environment.now() + 600_000)
    await redis.ask((client) => client.wait(1, 1_000))

    const page = { asOf: undefined, events: [], fromSeq: 1, toSeq: 0, hasMore: false }
    const query = { channelId: 'a', direction: 'backward', limit: 100 } as const
    /** What users' messages, requests and reconnects ask for; none of it may throw. */
    async function serve(): Promise<void> {
      expect(await routes.lookup(['a'])).toEqual([['p1']])
      expect(await limiter.take([{ key: 'ip:1', limit: 1_000, windowMs: 1_000 }])).toEqual({
        ok: true,
      })
      expect(await revocation.isRevoked('token')).toBe(true)
      expect(await revocation.isRevoked('other')).toBe(false)
      await recent.page(query, { epoch: 1, asOfSeq: 0, oldestSeq: 1 }, async () => page)
      expect(lease.valid()).toBe(true)
    }
    await serve()
    expect(unshared).toBe(0)
    const master = service.service().nodes.find(({ name }) => name === 'redis-master')
    await master?.kill()
    await until(
      'limits are shared again',
      async () => {
        const before = unshared
        await serve()
        return unshared === before && !redis.isAway && unshared > 0
      },
      45_000,
    )
    await until('a sweep goes through', () =>
      routes.assert('p1', ['b']).then(
        () => true,
        () => false,
      ),
    )
    // another server may have forgotten a renewal: nobody concludes anything from its list yet
    expect(await processes.list()).toMatchObject({ complete: false })
    await serve()
    expect(
      await redis.ask((client) => client.get(redis.keys.of('revoked', 'token'))),
    ).not.toBeNull()
    routes.close()
    revocation.close()
    await lease.release()
  })
})
