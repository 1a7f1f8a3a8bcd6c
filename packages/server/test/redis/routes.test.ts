import { describe, expect, it } from 'vitest'
import { createMemoryProcesses } from '../../src/adapters/memory/processes.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import type { RedisConnection } from '../../src/adapters/redis/connection.js'
import { createRedisProcesses } from '../../src/adapters/redis/processes.js'
import { createRedisRoutes } from '../../src/adapters/redis/routes.js'
import { beforeTheNextTurn } from '../support/turn.js'
import { until } from '../support/wait.js'
import { useRedis } from './service.js'

const service = useRedis()

function routesOver(redis: RedisConnection, leaseMs = 60_000, settleMs = 0) {
  const processes = createRedisProcesses(redis, { leaseMs })
  const routes = createRedisRoutes(redis, {
    environment: nodeEnvironment,
    processes,
    livingIntervalMs: 60_000,
    settleMs,
  })
  return { routes, processes }
}

/** Commands that the server has taken from clients. */
async function commandsTaken(redis: RedisConnection): Promise<number> {
  const info = await redis.ask((client) => client.info('commandstats'))
  const calls = [...info.matchAll(/^cmdstat_(\w+).*?:calls=(\d+)/gm)]
  const counted = calls.filter(([, name]) => !['info', 'hello', 'client'].includes(name ?? ''))
  return counted.reduce((sum, [, , count]) => sum + Number(count), 0)
}

describe('routes in Redis', () => {
  it('a lookup is one command for each channel, however many processes and members it has', async () => {
    const redis = await service.connect()
    const { routes } = routesOver(redis)
    const processIds = Array.from({ length: 20 }, (_, i) => `p${i}`)
    for (const processId of processIds) {
      await routes.renew(processId)
      await routes.assert(processId, ['big'])
    }
    await routes.assert('p0', ['small'])
    await routes.lookup(['big'])
    const before = await commandsTaken(redis)
    const [big, small, again] = await routes.lookup(['big', 'small', 'big'])
    expect(big).toHaveLength(20)
    expect(again).toEqual(big)
    expect(small).toEqual(['p0'])
    expect((await commandsTaken(redis)) - before).toBe(2)
    routes.close()
  })

  it('R12: after everything was flushed the next sweep heals it, and nobody is forgotten meanwhile', async () => {
    const redis = await service.connect()
    const gateway = routesOver(redis).routes
    const sequencer = routesOver(redis, 60_000, 800).routes
    await gateway.renew('p1')
    await gateway.assert('p1', ['a'])
    await until(
      'routes are settled',
      async () => (await sequencer.lookup(['none']))[0]?.length === 0,
    )
    expect(await sequencer.lookup(['a'])).toEqual([['p1']])
    await redis.ask((client) => client.flushall())
    // whoever was known to live is meant, until the sweep has brought the routes back and all is settled
    await until(
      'the loss is suspected',
      async () => (await sequencer.lookup(['a']))[0]?.length === 1,
    )
    expect(await sequencer.lookup(['a', 'none'])).toEqual([['p1'], ['p1']])
    await gateway.renew('p1')
    await gateway.assert('p1', ['a'])
    await until(
      'routes are settled',
      async () => (await sequencer.lookup(['none']))[0]?.length === 0,
    )
    expect(await sequencer.lookup(['a'])).toEqual([['p1']])
    gateway.close()
    sequencer.close()
  })

  it('a process that nobody had heard of is asked about before it is left out', async () => {
    const redis = await service.connect()
    const sequencer = routesOver(redis).routes
    expect(await sequencer.lookup(['a'])).toEqual([[]])
    const gateway = routesOver(redis).routes
    await gateway.renew('late')
    await gateway.assert('late', ['a'])
    expect(await sequencer.lookup(['a'])).toEqual([['late']])
    sequencer.close()
    gateway.close()
  })

  it('what leads to a process that is gone is taken away when it is met', async () => {
    const redis = await service.connect()
    const { routes, processes } = routesOver(redis, 300)
    await routes.renew('dead')
    await routes.assert('dead', ['a'])
    await until('its lease is over', async () => {
      const { entries, complete } = await processes.list()
      return complete && entries.length === 0
    })
    await processes.renew({ processId: 'alive', address: '' })
    await routes.assert('alive', ['a'])
    expect(await routes.lookup(['a'])).toEqual([['alive']])
    const key = redis.keys.of('routes', 'a')
    await until('it is taken away', async () => {
      const left = await redis.ask((client) => client.smembers(key))
      return left.length === 1 && left[0] === 'alive'
    })
    routes.close()
  })

  it('R12: who starts while Redis is away is meant too, where the list of processes is elsewhere', async () => {
    const redis = await service.connect()
    const processes = createMemoryProcesses({ environment: nodeEnvironment })
    const made = () =>
      createRedisRoutes(redis, { environment: nodeEnvironment, processes, settleMs: 0 })
    const [gateway, sequencer] = [made(), made()]
    await gateway.renew('p1')
    await gateway.assert('p1', ['a'])
    expect(await sequencer.lookup(['a'])).toEqual([['p1']])
    await service.node().kill()
    try {
      await gateway.renew('late')
      await until('both are meant', async () => {
        const [found] = await sequencer.lookup(['a'])
        return found?.toSorted().join() === 'late,p1'
      })
    } finally {
      await service.node().start()
    }
    gateway.close()
    sequencer.close()
  })

  it('routes of a channel that nobody asserts any more are forgotten', async () => {
    const redis = await service.connect()
    const routes = createRedisRoutes(redis, {
      environment: nodeEnvironment,
      processes: createRedisProcesses(redis),
      routeTtlMs: 50,
    })
    await routes.renew('p1')
    await routes.assert('p1', ['a'])
    const key = redis.keys.of('routes', 'a')
    await until('the key is gone', async () => (await redis.ask((c) => c.exists(key))) === 0)
    routes.close()
  })

  it('R12: while Redis is frozen every process as last known is meant, soon without waiting, and it heals', async () => {
    const redis = await service.connect({ commandTimeoutMs: 100 })
    const { routes } = routesOver(redis)
    for (const processId of ['p1', 'p2']) await routes.renew(processId)
    await routes.assert('p1', ['a'])
    expect(await routes.lookup(['a'])).toEqual([['p1']])
    await service.node().freeze()
    try {
      for (let i = 0; i < 3; i++) {
        const [all] = await routes.lookup(['a'])
        expect(all?.toSorted()).toEqual(['p1', 'p2'])
      }
      expect(redis.isAway).toBe(true)
      expect(await beforeTheNextTurn(routes.lookup(['a']))).toHaveLength(1)
    } finally {
      await service.node().thaw()
    }
    await until('Redis is asked again', () => !redis.isAway)
    await until('routes are told apart again', async () => {
      const [found] = await routes.lookup(['a'])
      return found?.length === 1
    })
    routes.close()
  })
})
