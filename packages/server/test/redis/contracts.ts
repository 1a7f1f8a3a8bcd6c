import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import type { RedisConnection } from '../../src/adapters/redis/connection.js'
import { createRedisKnownHeads } from '../../src/adapters/redis/known-heads.js'
import { createRedisNodeLeases } from '../../src/adapters/redis/node-leases.js'
import { createRedisPresence } from '../../src/adapters/redis/presence.js'
import { createRedisProcesses } from '../../src/adapters/redis/processes.js'
import { createRedisRateLimiter } from '../../src/adapters/redis/rate-limiter.js'
import { createRedisRecentEvents } from '../../src/adapters/redis/recent-events.js'
import { createRedisRoutes } from '../../src/adapters/redis/routes.js'
import { createRedisTokenRevocation } from '../../src/adapters/redis/token-revocation.js'
import type { KnownHeadsHarness } from '../../src/ports/contract/known-heads.js'
import type { LimitsHarness } from '../../src/ports/contract/limits.js'
import type { PresenceHarness } from '../../src/ports/contract/presence.js'
import type { ProcessesHarness } from '../../src/ports/contract/processes.js'
import type { RecentEventsHarness } from '../../src/ports/contract/recent-events-support.js'
import type { RoutesHarness } from '../../src/ports/contract/routes.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'
import type { useRedis } from './service.js'

type Service = ReturnType<typeof useRedis>

/** What a case may do to the engine; a cluster is not broken by one node. */
interface Breakable {
  readonly breakEngine?: () => Promise<void>
  readonly mend: () => Promise<void>
}

function breakable(service: Service, canBreak: boolean): Breakable {
  if (!canBreak) return { mend: async () => undefined }
  const node = service.node()
  return {
    breakEngine: () => node.kill(),
    async mend() {
      if (!node.isRunning) await node.start()
    },
  }
}

/** Longer than a busy machine may keep a case waiting between two of its steps. */
const LEASE_MS = 1_200
/** Long enough for any case that shares pages. */
const KEEP_MS = 6_000
const PRESENCE_TTL_MS = 1_200

export const routesHarness =
  (service: Service, canBreak = true) =>
  async (): Promise<RoutesHarness> => {
    const redis = await service.connect()
    const processes = createRedisProcesses(redis, { leaseMs: LEASE_MS })
    let lists = 0
    const routes = createRedisRoutes(redis, {
      environment: nodeEnvironment,
      processes: {
        ...processes,
        async list() {
          const list = await processes.list()
          lists++
          return list
        },
      },
      livingIntervalMs: 100,
      settleMs: LEASE_MS,
    })
    // from the first question on the list of the living is kept fresh; a new Redis may have lost something
    await until('routes are settled', async () => {
      await routes.renew('first')
      return (await routes.lookup(['none']))[0]?.length === 0
    })
    await routes.leave('first')
    const renewed = new Set<string>()
    const { breakEngine, mend } = breakable(service, canBreak)
    return {
      routes: {
        ...routes,
        async renew(processId) {
          renewed.add(processId)
          return routes.renew(processId)
        },
      },
      async endLease(processId) {
        renewed.delete(processId)
        // one lease ends: all others are renewed meanwhile
        const renewOthers = async () => {
          for (const other of renewed) await processes.renew({ processId: other, address: '' })
        }
        await until(`the lease of ${processId} is over`, async () => {
          await renewOthers()
          const { entries, complete } = await processes.list()
          return complete && entries.every((entry) => entry.processId !== processId)
        })
        const before = lists
        await until('the routes have seen it', async () => {
          await renewOthers()
          return lists > before + 1
        })
      },
      ...(breakEngine && { breakEngine }),
      async close() {
        routes.close()
        await redis.close()
        await mend()
      },
    }
  }

export const processesHarness =
  (service: Service, canBreak = true) =>
  async (): Promise<ProcessesHarness> => {
    const redis = await service.connect()
    const processes = createRedisProcesses(redis, { leaseMs: LEASE_MS })
    const { breakEngine, mend } = breakable(service, canBreak)
    let probes = 0
    return {
      processes,
      open: async () => createRedisProcesses(redis, { leaseMs: LEASE_MS }),
      async endLeases() {
        const processId = `probe${++probes}`
        await processes.renew({ processId, address: 'probe' })
        await until('leases of now are over', async () =>
          (await processes.list()).entries.every((entry) => entry.processId !== processId),
        )
      },
      async empty() {
        const keys = ['all', 'since'].map((kind) => redis.keys.of(kind, 'processes'))
        await redis.ask((client) => client.del(...keys))
      },
      ...(breakEngine && { breakEngine }),
      async close() {
        await redis.close()
        await mend()
      },
    }
  }

export const limitsHarness =
  (service: Service, canBreak = true) =>
  async (): Promise<LimitsHarness> => {
    const keyPrefix = service.newPrefix()
    const redis = await service.connect({ keyPrefix })
    const other = await service.connect({ keyPrefix })
    const environment = createVirtualEnvironment()
    const limiterOf = (connection: RedisConnection) =>
      createRedisRateLimiter(connection, { environment, now: environment.now })
    const leases = createRedisNodeLeases(redis, {
      environment: nodeEnvironment,
      settleMs: 0,
      renewEveryMs: 50,
    })
    const revocation = createRedisTokenRevocation(redis, { environment })
    const { breakEngine, mend } = breakable(service, canBreak)
    return {
      limiter: limiterOf(redis),
      another: limiterOf(other),
      revocation,
      leases,
      now: environment.now,
      advance: (ms) => environment.advance(ms),
      ...(breakEngine && { breakEngine }),
      async close() {
        revocation.close()
        await redis.close()
        await other.close()
        await mend()
      },
    }
  }

export const recentEventsHarness =
  (service: Service, canBreak = true) =>
  async (): Promise<RecentEventsHarness> => {
    const keyPrefix = service.newPrefix()
    const { breakEngine, mend } = breakable(service, canBreak)
    const connections: RedisConnection[] = []
    const open = async () => {
      const redis = await service.connect({ keyPrefix })
      connections.push(redis)
      return createRedisRecentEvents(redis, {
        environment: nodeEnvironment,
        newestKeepMs: KEEP_MS,
        waitMs: 2_000,
      })
    }
    return {
      recent: await open(),
      open,
      newStore: createMemoryMessageStore,
      async endKeeping() {
        const [redis] = connections
        const probe = `${keyPrefix}probe`
        await redis?.ask((client) => client.set(probe, '', 'PX', KEEP_MS))
        await until(
          'what was kept before the probe is over',
          async () => (await redis?.ask((client) => client.exists(probe))) === 0,
        )
      },
      ...(breakEngine && { breakEngine }),
      async close() {
        await Promise.all(connections.map((redis) => redis.close()))
        await mend()
      },
    }
  }

export const knownHeadsHarness = (service: Service) => async (): Promise<KnownHeadsHarness> => {
  const keyPrefix = service.newPrefix()
  const connections: RedisConnection[] = []
  const open = async () => {
    const redis = await service.connect({ keyPrefix })
    connections.push(redis)
    return createRedisKnownHeads(redis)
  }
  return {
    heads: await open(),
    open,
    async close() {
      await Promise.all(connections.map((redis) => redis.close()))
    },
  }
}

export const presenceHarness =
  (service: Service, canBreak = true) =>
  async (): Promise<PresenceHarness> => {
    const keyPrefix = service.newPrefix()
    const { breakEngine, mend } = breakable(service, canBreak)
    const connections: RedisConnection[] = []
    const open = async () => {
      const redis = await service.connect({ keyPrefix })
      connections.push(redis)
      return createRedisPresence(redis, { ttlMs: PRESENCE_TTL_MS })
    }
    return {
      presence: await open(),
      open,
      async endLife(renew) {
        const [redis] = connections
        const probe = `${keyPrefix}probe`
        await redis?.ask((client) => client.set(probe, '', 'PX', PRESENCE_TTL_MS + 50))
        await until('what was noted before the probe is over', async () => {
          await renew?.()
          return (await redis?.ask((client) => client.exists(probe))) === 0
        })
      },
      // of a cluster it would empty one node
      ...(canBreak && {
        forget: async () => void (await connections[0]?.ask((client) => client.flushall())),
      }),
      ...(breakEngine && { breakEngine }),
      async close() {
        await Promise.all(connections.map((redis) => redis.close()))
        await mend()
      },
    }
  }
