import { describe, expect, it } from 'vitest'
import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createRedisRecentEvents } from '../../src/adapters/redis/recent-events.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import type { Page, PageQuery } from '../../src/ports/message-store.js'
import { useRedis } from './service.js'

const service = useRedis()

const HOUR_MS = 3_600_000
const HALF_A_MINUTE_MS = 30_000

/** A channel of 150 messages, and what is kept of it as the gateways of a cluster keep it: nothing is set. */
async function world() {
  const redis = await service.connect()
  const recent = createRedisRecentEvents(redis, { environment: nodeEnvironment })
  const store = createMemoryMessageStore()
  const stream = new StreamBuilder('general')
  for (let i = 1; i <= 150; i++) stream.say(`message ${i}`)
  await store.write(stream.batch())
  return {
    async read(query: Omit<PageQuery, 'channelId'>) {
      const { page, source } = await recent.page(
        { channelId: 'general', ...query },
        { epoch: 1, asOfSeq: 150, oldestSeq: 1 },
        async (wanted) => {
          const [loaded] = await store.pages([wanted])
          if (loaded === undefined) throw new Error('a page was asked for')
          return loaded
        },
      )
      return { seqs: page.events.map((event) => event.channel_seq), source }
    },
    /** What Redis itself says of the page of this name. */
    async kept(name: string) {
      const key = redis.keys.of(`recent:1:${name}`, 'general')
      const lifeMs = await redis.ask((client) => client.pttl(key))
      const json = await redis.ask((client) => client.hget(key, 'page'))
      if (json === null) return undefined
      const { events } = JSON.parse(json) as Page
      return { lifeMs, seqs: events.map((event) => event.channel_seq) }
    },
  }
}

const from = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i)

describe('what Redis keeps of a channel, unless it is told otherwise', () => {
  it('is its last 100 events, for an hour, whichever of them were asked for', async () => {
    const { read, kept } = await world()
    expect(await read({ direction: 'forward', afterSeq: 140, limit: 5 })).toEqual({
      seqs: from(141, 5),
      source: 'store',
    })
    const newest = await kept('newest')
    expect(newest?.seqs).toEqual(from(51, 100))
    expect(newest?.lifeMs).toBeGreaterThan(HOUR_MS - 10_000)
    expect(newest?.lifeMs).toBeLessThanOrEqual(HOUR_MS)
    // the oldest of them is among them, and the one before is not
    expect((await read({ direction: 'forward', afterSeq: 50, limit: 1 })).source).toBe('recent')
    expect((await read({ direction: 'forward', afterSeq: 49, limit: 1 })).source).toBe('store')
  })

  it('is any other range that was asked for, for half a minute', async () => {
    const { read, kept } = await world()
    await read({ direction: 'forward', afterSeq: 10, limit: 5 })
    expect(await kept('newest')).toBeUndefined()
    const range = await kept('forward 10  events 5')
    expect(range?.seqs).toEqual(from(11, 5))
    expect(range?.lifeMs).toBeGreaterThan(HALF_A_MINUTE_MS - 10_000)
    expect(range?.lifeMs).toBeLessThanOrEqual(HALF_A_MINUTE_MS)
  })
})
