import { nodeEnvironment } from '../../../../packages/server/src/adapters/node/environment.js'
import {
  createRedis,
  type RedisConnection,
} from '../../../../packages/server/src/adapters/redis/connection.js'
import { median } from '../../cpu.js'
import type { Row } from '../../sections/section.js'
import { openCrowd } from '../load/open.js'
import { paced } from '../load/paced.js'
import { rest } from '../until.js'
import { medians } from './medians.js'
import type { ClusterOptions, ClusterSection } from './section.js'

const AT_MOST = 3
/** What scripts call inside Redis is counted by it too; ours call these, and processes send them rarely. */
const INSIDE = ['get', 'set', 'time', 'sadd', 'pexpire'] as const

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

const total = (figures: Figures, without: readonly string[] = []): number =>
  Object.entries(figures).reduce(
    (sum, [name, count]) => sum + (without.includes(name) ? 0 : count),
    0,
  )

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
  const { world, sizes, seconds } = options
  const gateways = await world.use(2, world.sequencers.slice(0, 1))
  const crowd = { channels: 1, members, name: `redis${members}` }
  const clients = await openCrowd(world, gateways, crowd)
  try {
    // whoever has come is told and noted within presence's own time
    await paced(clients, sizes.redisPerS, seconds / 4)
    await rest(Math.min(seconds, 8) * 1_000)
    const idle = await during(redis, () => rest(seconds * 1_000))
    let messages = 0
    const busy = await during(redis, async () => {
      const startedAt = performance.now()
      messages = (await paced(clients, sizes.redisPerS, seconds)).sent.length
      await rest(Math.max(0, seconds * 1_000 - (performance.now() - startedAt)))
    })
    const above = (without: readonly string[]) =>
      (total(busy, without) - total(idle, without)) / messages
    const each = Object.entries(busy).map(
      ([name, calls]) => [name, (calls - (idle[name] ?? 0)) / messages] as const,
    )
    return {
      sent: above(INSIDE),
      executed: above([]),
      idlePerS: total(idle, INSIDE) / seconds,
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
    const redis = await createRedis({ environment: nodeEnvironment, url: world.services.redis.url })
    try {
      const all = sizes.redisMembers.map((members) => ({ members, counted: [] as Counted[] }))
      for (let repeat = 0; repeat < repeats; repeat++) {
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
