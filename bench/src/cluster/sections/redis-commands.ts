import { nodeEnvironment } from '../../../../packages/server/src/adapters/node/environment.js'
import {
  createRedis,
  type RedisConnection,
} from '../../../../packages/server/src/adapters/redis/connection.js'
import { median } from '../../cpu.js'
import type { Row } from '../../sections/section.js'
import { rest } from '../../until.js'
import { openCrowd } from '../load/open.js'
import { paced } from '../load/paced.js'
import { medians } from './medians.js'
import type { ClusterOptions, ClusterSection } from './section.js'

const AT_MOST = 3
const MAX_REPEATS = 2
/** What processes send for a message; what scripts call inside Redis is counted by it too, under other names. */
const SENT = ['evalsha', 'eval', 'smembers', 'srem'] as const

type Figures = Readonly<Record<string, number>>

/** How often each command was called since the start of Redis. */
async function calls(redis: RedisConnection): Promise<Figures> {
  const text = await redis.ask((client) => client.info('commandstats'))
  const all = [...text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)]
  return Object.fromEntries(all.map(([, name = '', count]) => [name, Number(count)]))
}

/** Calls that `work` brings. */
async function during(redis: RedisConnection, work: () => Promise<unknown>): Promise<Figures> {
  const before = await calls(redis)
  await work()
  const after = await calls(redis)
  const grown = Object.entries(after).map(
    ([name, count]) => [name, count - (before[name] ?? 0)] as const,
  )
  return Object.fromEntries(grown.filter(([name, count]) => count > 0 && name !== 'info'))
}

const total = (figures: Figures, names: readonly string[] = Object.keys(figures)): number =>
  names.reduce((sum, name) => sum + (figures[name] ?? 0), 0)

interface Counted {
  /** For each message, above what the same time brings without any. */
  readonly sent: number
  /** The same with what scripts call inside. */
  readonly executed: number
  readonly idlePerS: number
  readonly each: Figures
}

async function count(
  options: ClusterOptions,
  redis: RedisConnection,
  members: number,
): Promise<Counted> {
  const { world, sizes } = options
  const gateways = await world.use(2, world.sequencers.slice(0, 1))
  const crowd = { channels: 1, members, name: `redis${members}` }
  const clients = await openCrowd(world, gateways, crowd)
  try {
    await paced(clients, sizes.redisPerS, sizes.redisS / 10)
    // who has come is noted within this
    await rest(sizes.redisS * 500)
    const idle = await during(redis, () => rest(sizes.redisS * 1_000))
    let messages = 0
    const busy = await during(redis, async () => {
      const startedAt = performance.now()
      messages = (await paced(clients, sizes.redisPerS, sizes.redisS)).sent.length
      await rest(Math.max(0, sizes.redisS * 1_000 - (performance.now() - startedAt)))
    })
    const above = (names?: readonly string[]) =>
      (total(busy, names) - total(idle, names)) / messages
    const each = Object.entries(busy).map(
      ([name, calls]) => [name, (calls - (idle[name] ?? 0)) / messages] as const,
    )
    return {
      sent: above(SENT),
      executed: above(),
      idlePerS: total(idle, SENT) / sizes.redisS,
      each: Object.fromEntries(each.filter(([, calls]) => calls >= 0.05)),
    }
  } finally {
    for (const client of clients) client.close()
  }
}

export const redisCommands: ClusterSection = {
  name: 'cluster-redis',
  async run(options) {
    const { world, sizes, repeats, onProgress } = options
    // counts hardly differ from one time to the next
    const times = Math.min(repeats, MAX_REPEATS)
    const redis = await createRedis({ environment: nodeEnvironment, url: world.services.redis.url })
    try {
      const all = sizes.redisMembers.map((members) => ({ members, counted: [] as Counted[] }))
      for (let repeat = 0; repeat < times; repeat++) {
        for (const { members, counted } of all) {
          const one = await count(options, redis, members)
          counted.push(one)
          onProgress(
            `${members} members: ${one.sent.toFixed(2)} for each message (${JSON.stringify(one.each)}); ${one.idlePerS.toFixed(1)} a second without any`,
          )
        }
      }
      const [few, many] = all
      const of = (which: keyof Omit<Counted, 'each'>, at = few) =>
        median((at?.counted ?? []).map((one) => one[which]))
      const figures = (which: keyof Omit<Counted, 'each'>): Figures =>
        Object.fromEntries(all.map((at) => [`${at.members} members`, of(which, at)]))
      const most = Math.max(of('sent', few), of('sent', many))
      const load = `one channel, all connected to two gateways, ${sizes.redisPerS} msg/s`
      const rows: Row[] = [
        {
          measure: `commands sent to Redis, ${load}`,
          unit: 'for each message',
          figures: figures('sent'),
          ratios: [
            {
              against: 'one command',
              ratio: most,
              goal: `≤ ${AT_MOST}`,
              met: most <= AT_MOST,
            },
          ],
        },
        {
          measure: 'the same with the commands that scripts call',
          unit: 'for each message',
          figures: figures('executed'),
          ratios: [],
        },
        {
          measure: 'commands sent to Redis when nothing is said',
          unit: 'per second',
          figures: figures('idlePerS'),
          ratios: [],
        },
        ...all.map(
          ({ members, counted }): Row => ({
            measure: `which, ${members} members`,
            unit: 'for each message',
            figures: medians(counted.map(({ each }) => each)),
            ratios: [],
          }),
        ),
      ]
      return rows
    } finally {
      await redis.close()
    }
  },
}
