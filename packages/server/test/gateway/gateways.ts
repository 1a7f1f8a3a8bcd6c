import { createMemoryCommandLog } from '../../src/adapters/memory/command-log.js'
import { createMemoryDirectory } from '../../src/adapters/memory/directory.js'
import {
  createMemoryNodeLeases,
  createMemoryRateLimiter,
  createMemoryTokenRevocation,
} from '../../src/adapters/memory/limits.js'
import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { createMemoryPushBus } from '../../src/adapters/memory/push.js'
import { createMemoryRoutes } from '../../src/adapters/memory/routes.js'
import type { GatewayOptions } from '../../src/gateway/gateway.js'
import { SERVER } from '../../src/operations/actor.js'
import type { ServerEnvironment } from '../../src/ports/environment.js'
import type { KnownHeads } from '../../src/ports/known-heads.js'
import type { RateLimiter } from '../../src/ports/limits.js'
import type { RecentEvents } from '../../src/ports/recent-events.js'
import type { Routes } from '../../src/ports/routes.js'
import type { ServingPorts } from '../../src/roles/ports.js'
import { createSequencing } from '../../src/roles/sequencing.js'
import { createServing } from '../../src/roles/serving.js'
import { until } from '../support/wait.js'
import { FakeSocket } from './socket.js'
import { tapMetrics, tapStore } from './taps.js'

export interface GatewaysOptions {
  readonly environment: ServerEnvironment
  readonly count: number
  /** What the gateways share, as each of them has it. */
  readonly recentOf: (index: number) => Promise<RecentEvents>
  /** @default routes in memory */
  readonly routesOf?: (index: number | 'sequencer') => Promise<Routes>
  readonly knownHeads?: KnownHeads
  /** @default no limits */
  readonly limiter?: RateLimiter
  /** What all share besides. */
  readonly ports?: Pick<ServingPorts, 'presence' | 'receipts'>
  readonly gateway?: GatewayOptions
}

/** A sequencer and several gateways as processes of their own, over one log, store and directory. */
export async function createGateways({ environment, count, ...options }: GatewaysOptions) {
  const log = createMemoryCommandLog({ environment })
  const store = tapStore(createMemoryMessageStore())
  const directory = createMemoryDirectory(environment)
  const bus = createMemoryPushBus()
  const sharedRoutes = createMemoryRoutes()
  const routesOf = options.routesOf ?? (async () => sharedRoutes)
  const leases = createMemoryNodeLeases()
  const off = { perSecond: 0, burst: 1 }
  const many = { perSecond: 1_000, burst: 1_000_000 }
  const rate = options.limiter === undefined ? off : many
  const { knownHeads } = options
  const metrics = tapMetrics()
  const sequencing = createSequencing(
    { environment, log, store: store.port, bus, routes: await routesOf('sequencer'), knownHeads },
    { commitLagMs: 0 },
  )
  const servings = await Promise.all(
    Array.from({ length: count }, async (_, index) =>
      createServing(
        {
          environment,
          log,
          store: store.port,
          directory,
          bus,
          routes: await routesOf(index),
          knownHeads,
          recent: await options.recentOf(index),
          limiter: options.limiter ?? createMemoryRateLimiter(environment),
          revocation: createMemoryTokenRevocation(environment),
          lease: await leases.acquire(),
          authenticator: { authenticate: async (userId) => ({ userId }) },
          ...options.ports,
        },
        {
          processId: `p${index}`,
          servesSockets: true,
          isShared: true,
          acceptance: { userRate: rate, channelRate: rate },
          gateway: {
            maxConnectionsPerIp: 1e6,
            connectionRatePerS: 1e6,
            maxUnauthenticated: 1e6,
            maxUnauthenticatedPerIp: 1e6,
            maxConnections: 1e6,
            ...options.gateway,
          },
          gatewayMetrics: metrics.port,
        },
      ),
    ),
  )
  await sequencing.start()
  for (const serving of servings) await serving.start()
  const [first] = servings
  if (first === undefined) throw new Error('at least one gateway')
  await first.workspaces.put(SERVER, 'w1')

  return {
    store,
    metrics,
    async members(channelId: string, userIds: readonly string[]) {
      await first.channels.put(SERVER, 'w1', channelId, { kind: 'public' })
      for (const userId of userIds) {
        await first.channels.putMember(SERVER, channelId, userId, { role: 'member' })
      }
    },
    async act(userId: string, frame: object) {
      const sent = await first.messages.submit(
        { kind: 'user', userId },
        undefined,
        frame as never,
        { requestId: 'q' },
      )
      return sent as { channel_seq: number; message_id: string }
    },
    /** A greeted session on one of the gateways. */
    async connect(index: number, userId: string): Promise<FakeSocket> {
      const socket = new FakeSocket()
      const serving = servings[index % count] ?? first
      socket.listener = serving.gateway.accept(socket, {
        remoteAddress: '10.0.0.1',
        origin: undefined,
        token: userId,
      })
      socket.say({ type: 'hello', device_id: 'd1', last_seq_map: {} })
      await until(`${userId} is greeted`, () => socket.frames.length > 0)
      return socket
    },
    async close() {
      await sequencing.close()
      await log.close()
      for (const serving of servings) await serving.close()
    },
  }
}
