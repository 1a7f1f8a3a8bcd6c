import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import type { RedisConnection } from '../../src/adapters/redis/connection.js'
import { createRedisProcesses } from '../../src/adapters/redis/processes.js'
import { createRedisRecentEvents } from '../../src/adapters/redis/recent-events.js'
import { createRedisRoutes, type RedisRoutes } from '../../src/adapters/redis/routes.js'
import { createGateways } from '../gateway/gateways.js'
import type { FakeSocket } from '../gateway/socket.js'
import { until } from '../support/wait.js'
import { useRedis } from './service.js'

const GATEWAYS = 3
const USERS = 100
const SOCKETS_PER_USER = 50
/** Of one command: a busy machine may keep Redis waiting, and who gives it up reads the store. */
const PATIENCE_MS = 3_000
const environment = nodeEnvironment

const service = useRedis()
let world: Awaited<ReturnType<typeof createGateways>>
const routes: RedisRoutes[] = []

beforeEach(async () => {
  const keyPrefix = service.newPrefix()
  const connections = new Map<number | 'sequencer', Promise<RedisConnection>>()
  const connectionOf = (index: number | 'sequencer') => {
    const connection =
      connections.get(index) ?? service.connect({ keyPrefix, commandTimeoutMs: PATIENCE_MS })
    connections.set(index, connection)
    return connection
  }
  world = await createGateways({
    environment,
    count: GATEWAYS,
    recentOf: async (index) =>
      createRedisRecentEvents(await connectionOf(index), { environment, waitMs: 20_000 }),
    async routesOf(index) {
      const redis = await connectionOf(index)
      const made = createRedisRoutes(redis, {
        environment,
        processes: createRedisProcesses(redis, { leaseMs: 60_000 }),
      })
      routes.push(made)
      return made
    },
  })
}, 60_000)
afterEach(async () => {
  await world.close()
  for (const one of routes.splice(0)) one.close()
})

const page = (socket: FakeSocket) => socket.received('message.backfill').at(-1)
const backfill = (channel_id: string, after_seq: number) => ({
  type: 'backfill.request',
  ref: 'b',
  channel_id,
  direction: 'forward',
  limit: 100,
  after_seq,
})

describe('over a real Redis', () => {
  it('5,000 clients that reconnect over three gateways read each range from the store once', async () => {
    const users = Array.from({ length: USERS }, (_, i) => `u${i}`)
    const heads = new Map<string, number>()
    for (const channelId of ['c1', 'c2']) {
      await world.members(channelId, users)
      for (let i = 0; i < 150; i++) {
        const frame = { type: 'message.send', channel_id: channelId, text: `${i}` }
        heads.set(channelId, (await world.act('u0', frame)).channel_seq)
      }
    }
    world.store.reset()
    const clients = await Promise.all(
      Array.from({ length: USERS * SOCKETS_PER_USER }, async (_, i) => ({
        i,
        socket: await world.connect(i, users[i % USERS] ?? 'u0'),
      })),
    )
    for (const { i, socket } of clients) {
      const channelId = i % 2 === 0 ? 'c1' : 'c2'
      const head = heads.get(channelId) ?? 0
      socket.say(backfill(channelId, i % 10 < 2 ? 20 : head - 1 - (i % 90)))
    }
    await until('all have their page', () => clients.every(({ socket }) => page(socket)), 60_000)
    for (const { i, socket } of clients) {
      expect(page(socket).messages).toHaveLength(i % 10 < 2 ? 100 : 1 + (i % 90))
    }
    const reads = world.store.pages.map(({ channelId, direction }) => `${channelId} ${direction}`)
    expect(reads.toSorted()).toEqual(['c1 backward', 'c1 forward', 'c2 backward', 'c2 forward'])
  }, 180_000)

  it('R12: while Redis is away messages are delivered and clients connect and read', async () => {
    await world.members('c1', ['u0', 'u1', 'u2'])
    const sockets = await Promise.all([0, 1, 2].map((i) => world.connect(i, `u${i}`)))
    const send = (text: string) => world.act('u0', { type: 'message.send', channel_id: 'c1', text })
    const haveAll = (text: string) =>
      until(`${text} is everywhere`, () =>
        sockets.every((socket) => socket.received('message.new').at(-1)?.text === text),
      )
    await send('before')
    await haveAll('before')
    await service.node().kill()
    await send('during')
    await haveAll('during')
    const late = await world.connect(1, 'u1')
    late.say(backfill('c1', 0))
    await until('the page is there', () => page(late) !== undefined)
    expect(page(late).messages.at(-1)).toMatchObject({ text: 'during' })
    await service.node().start()
    sockets.push(late)
    // the routes are gone: nobody may be left out before they are asserted again
    for (const text of ['after', 'and again']) {
      await send(text)
      await haveAll(text)
    }
  }, 60_000)
})
