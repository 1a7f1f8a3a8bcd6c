import { describe, expect, it } from 'vitest'
import { createSnowflakes } from '../../src/acceptance/snowflake.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import type { RedisConnection } from '../../src/adapters/redis/connection.js'
import {
  createRedisNodeLeases,
  type RedisNodeLeasesOptions,
} from '../../src/adapters/redis/node-leases.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'
import { useRedis } from './service.js'

const service = useRedis()

const leasesOver = (redis: RedisConnection, options: Partial<RedisNodeLeasesOptions> = {}) =>
  createRedisNodeLeases(redis, {
    environment: nodeEnvironment,
    settleMs: 0,
    renewEveryMs: 20,
    ...options,
  })

/** Forgets everything about node numbers, as a loss of the data does. */
const lose = (redis: RedisConnection) =>
  redis.ask((client) =>
    client.del(...['ends', 'owners', 'since'].map((kind) => redis.keys.of(kind, 'nodes'))),
  )

describe('node numbers in Redis', () => {
  it('processes with connections of their own never hold the same number', async () => {
    const keyPrefix = service.newPrefix()
    const held = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const leases = leasesOver(await service.connect({ keyPrefix }))
        return Promise.all(Array.from({ length: 8 }, () => leases.acquire()))
      }),
    )
    const nodes = held.flat().map(({ node }) => node)
    expect(new Set(nodes).size).toBe(64)
    await Promise.all(held.flat().map((lease) => lease.release()))
  })

  it('a lease that is not renewed is over on the clock that never goes back, and no id is made', async () => {
    const redis = await service.connect()
    const environment = createVirtualEnvironment({ now: Date.now() })
    const leases = leasesOver(redis, { environment, leaseMs: 9_000, renewEveryMs: 100_000 })
    const lease = await leases.acquire()
    const ids = createSnowflakes(environment, lease)
    expect(ids.next()).toBeDefined()
    await service.node().freeze()
    try {
      await environment.advance(8_000)
      expect(ids.next()).toBeDefined()
      // its renewals were sent at a third of it and got no answer
      await environment.advance(2_000)
      expect(lease.valid()).toBe(false)
      expect(ids.next()).toBeUndefined()
    } finally {
      await service.node().thaw()
    }
    await lease.release()
  })

  it('after Redis has lost the numbers nobody gets one before whoever holds one has claimed it again', async () => {
    const keyPrefix = service.newPrefix()
    const redis = await service.connect({ keyPrefix })
    const held = await leasesOver(redis).acquire()
    await lose(redis)
    // every newcomer tries the very number that is held
    const environment = { ...nodeEnvironment, random: () => held.node / 1024 }
    const newcomer = await leasesOver(await service.connect({ keyPrefix }), {
      environment,
      settleMs: 2_000,
    }).acquire()
    expect(newcomer.node).not.toBe(held.node)
    expect(held.valid()).toBe(true)
    await held.release()
    await newcomer.release()
  })

  it('the same after Redis has come back without its last moments', async () => {
    const keyPrefix = service.newPrefix()
    const redis = await service.connect({ keyPrefix })
    const settleMs = 5_000
    const before = await leasesOver(redis).acquire()
    // so long ago that the numbers have settled
    await redis.ask((client) => client.hincrby(redis.keys.of('since', 'nodes'), 'at', -settleMs))
    await redis.ask((client) => client.save())
    const held = await leasesOver(redis, { renewEveryMs: 400 }).acquire()
    const node = service.node()
    await node.kill()
    await node.start()
    const environment = { ...nodeEnvironment, random: () => held.node / 1024 }
    const newcomer = await leasesOver(await service.connect({ keyPrefix }), {
      environment,
      settleMs,
    }).acquire()
    expect(newcomer.node).not.toBe(held.node)
    expect(held.valid()).toBe(true)
    await Promise.all([before, held, newcomer].map((lease) => lease.release()))
  })

  it('a process whose number another one has makes no more ids, and is told once', async () => {
    const redis = await service.connect()
    let lost = 0
    const lease = await leasesOver(redis, { onLost: () => lost++ }).acquire()
    await redis.ask((client) =>
      client.hset(redis.keys.of('owners', 'nodes'), String(lease.node), 'somebody'),
    )
    await until('it has found out', () => !lease.valid())
    expect(lost).toBe(1)
    await lease.release()
    const owner = await redis.ask((client) =>
      client.hget(redis.keys.of('owners', 'nodes'), String(lease.node)),
    )
    expect(owner).toBe('somebody')
  })

  it('a number rests after its end until no clock can have been ahead of it', async () => {
    const redis = await service.connect()
    const options = { maxClockSkewMs: 200, acquireTimeoutMs: 100 }
    const all = await Promise.all(
      Array.from({ length: 1024 }, () => leasesOver(redis, { renewEveryMs: 60_000 }).acquire()),
    )
    expect(new Set(all.map(({ node }) => node)).size).toBe(1024)
    await expect(leasesOver(redis, options).acquire()).rejects.toThrow(
      /1024 node numbers are taken/,
    )
    const released = performance.now()
    await all[17]?.release()
    const next = await leasesOver(redis, { ...options, acquireTimeoutMs: 10_000 }).acquire()
    expect(next.node).toBe(all[17]?.node)
    expect(performance.now() - released).toBeGreaterThanOrEqual(390)
    await Promise.all([next, ...all].map((lease) => lease.release()))
  })

  it('a clock that differs from that of Redis gets no number, and one that jumps makes no ids until it is back', async () => {
    const redis = await service.connect()
    const wrong = createVirtualEnvironment({ now: Date.now() + 60_000 })
    await expect(leasesOver(redis, { environment: wrong }).acquire()).rejects.toThrow(
      /clock of this machine differs by \d+ ms/,
    )
    const environment = createVirtualEnvironment({ now: Date.now() })
    const lease = await leasesOver(redis, { environment, renewEveryMs: 60_000 }).acquire()
    const ids = createSnowflakes(environment, lease)
    for (const jumpMs of [3_600_000, -3_600_000]) {
      expect(ids.next()).toBeDefined()
      environment.shiftWallClock(jumpMs)
      expect(ids.next()).toBeUndefined()
      environment.shiftWallClock(-jumpMs)
    }
    expect(ids.next()).toBeDefined()
    await lease.release()
  })
})
