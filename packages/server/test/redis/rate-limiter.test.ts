import { describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createRedisRateLimiter } from '../../src/adapters/redis/rate-limiter.js'
import type { RateLimiter, RateWindow } from '../../src/ports/limits.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'
import { useRedis } from './service.js'

const service = useRedis()

const window = (key: string, limit: number, windowMs = 60_000): RateWindow => ({
  key,
  limit,
  windowMs,
})

async function passed(limiter: RateLimiter, windows: readonly RateWindow[], tries: number) {
  const verdicts = await Promise.all(Array.from({ length: tries }, () => limiter.take(windows)))
  return verdicts.filter(({ ok }) => ok).length
}

/** Limiters of several processes, each over a connection of its own. */
async function limiters(count: number) {
  const keyPrefix = service.newPrefix()
  return Promise.all(
    Array.from({ length: count }, async () => {
      const redis = await service.connect({ keyPrefix })
      return { redis, limiter: createRedisRateLimiter(redis, { environment: nodeEnvironment }) }
    }),
  )
}

describe('rate limits in Redis', () => {
  it('I7: all processes together let through what the limit says, at the same instant too', async () => {
    const processes = await limiters(4)
    const counts = await Promise.all(
      processes.map(({ limiter }) => passed(limiter, [window('user:ada', 10)], 20)),
    )
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(10)
  })

  it('what was taken for nothing is given back, also where windows lie on other nodes', async () => {
    const [first, second] = await limiters(2)
    const all = [window('user:ada\nc1', 100), window('channel:c1', 100), window('workspace:w', 3)]
    expect(await passed(first?.limiter as RateLimiter, all, 20)).toBe(3)
    expect(await passed(second?.limiter as RateLimiter, all.slice(0, 2), 110)).toBe(97)
  })

  it('windows of one channel are one command, and a flood of refused ones is none', async () => {
    const [one] = await limiters(1)
    const { redis, limiter } = one as NonNullable<typeof one>
    let asked = 0
    const run = redis.run.bind(redis)
    redis.run = (...given) => {
      asked++
      return run(...given)
    }
    const windows = [window('user:ada\nc1', 5), window('channel:c1', 100)]
    for (let i = 0; i < 5; i++) await limiter.take(windows)
    expect(asked).toBe(5)
    for (let i = 0; i < 100; i++) await limiter.take(windows)
    expect(asked).toBeLessThan(20)
  })

  it('windows are counted by the clock of Redis, whatever the clock of a process says', async () => {
    const redis = await service.connect()
    const [here, there] = [0, 86_400_000].map((aheadMs) => {
      const environment = createVirtualEnvironment({ now: Date.UTC(2026, 0, 1) + aheadMs })
      return createRedisRateLimiter(redis, { environment })
    })
    expect(await passed(here as RateLimiter, [window('ip:1', 5)], 5)).toBe(5)
    expect(await passed(there as RateLimiter, [window('ip:1', 5)], 5)).toBe(0)
  })

  it('I7: while Redis is away each process counts alone, generously, and says so', async () => {
    let unshared = 0
    const redis = await service.connect()
    const environment = createVirtualEnvironment()
    const limiter = createRedisRateLimiter(redis, {
      environment,
      awayFactor: 4,
      onUnshared: () => unshared++,
    })
    await service.node().kill()
    try {
      expect(await passed(limiter, [window('ip:1', 5)], 50)).toBe(20)
      expect(unshared).toBeGreaterThanOrEqual(20)
    } finally {
      await service.node().start()
    }
    await until('Redis is asked again', async () => {
      await environment.advance(300)
      const before = unshared
      await limiter.take([window(`ip:${performance.now()}`, 5)])
      return unshared === before
    })
    expect(await passed(limiter, [window('ip:2', 5)], 50)).toBe(5)
  })
})
