import { describe, expect, it } from 'vitest'
import { createMemoryRecentEvents } from '../../src/adapters/memory/recent-events.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createRedisKnownHeads } from '../../src/adapters/redis/known-heads.js'
import { createRedisProcesses } from '../../src/adapters/redis/processes.js'
import { createRedisRateLimiter } from '../../src/adapters/redis/rate-limiter.js'
import { createRedisRoutes } from '../../src/adapters/redis/routes.js'
import { createGateways } from '../gateway/gateways.js'
import { useRedis } from './service.js'

const environment = nodeEnvironment
const service = useRedis()
const MESSAGES = 100

/** Commands that a pipeline with two gateways sends to Redis for its messages. */
async function commandsOf(members: number): Promise<number> {
  const redis = await service.connect()
  let commands = 0
  const ask = redis.ask.bind(redis)
  redis.ask = (command) => {
    commands++
    return ask(command)
  }
  const routes = createRedisRoutes(redis, {
    environment,
    processes: createRedisProcesses(redis, { leaseMs: 60_000 }),
    livingIntervalMs: 60_000,
  })
  const world = await createGateways({
    environment,
    count: 2,
    recentOf: async () => createMemoryRecentEvents({ environment }),
    routesOf: async () => routes,
    knownHeads: createRedisKnownHeads(redis),
    limiter: createRedisRateLimiter(redis, { environment }),
  })
  try {
    const users = Array.from({ length: members }, (_, i) => `u${i}`)
    await world.members('c1', users)
    await Promise.all(users.map((user, i) => world.connect(i, user)))
    commands = 0
    for (let i = 0; i < MESSAGES; i++) {
      await world.act('u0', { type: 'message.send', channel_id: 'c1', text: `${i}` })
    }
    return commands
  } finally {
    await world.close()
    routes.close()
  }
}

describe('Redis commands', () => {
  it('a message costs at most three over routes, heads and limits, however many members a channel has', async () => {
    const [few, many] = [await commandsOf(3), await commandsOf(200)]
    // one message at a time is the dearest; digests and renewals of these moments are counted with them
    for (const commands of [few, many]) {
      expect(commands).toBeGreaterThanOrEqual(MESSAGES)
      expect(commands / MESSAGES).toBeLessThanOrEqual(3.2)
    }
  })
})
