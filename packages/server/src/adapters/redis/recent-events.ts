import type { Page } from '../../ports/message-store.js'
import type { RecentEvents } from '../../ports/recent-events.js'
import { isAsNewAs } from '../../stream/recent-pages.js'
import type { Claim, RecentEngine, SharedKey } from '../recent-events/engine.js'
import { createRecentEvents, type RecentEventsOptions } from '../recent-events/recent-events.js'
import type { RedisConnection } from './connection.js'
import type { Script } from './script.js'

export interface RedisRecentEventsOptions extends RecentEventsOptions {
  /** A page that is longer as JSON is not shared: each gateway reads it itself. @default 1 Mi characters */
  readonly pageMaxChars?: number
}

/** KEYS: page, right. ARGV: head and oldest number that are needed, owner, how long the right lasts. */
const CLAIM: Script = {
  name: 'tidingsClaimPage',
  keys: 2,
  lua: `
local known = redis.call('HMGET', KEYS[1], 'head', 'oldest')
if known[1] and tonumber(known[1]) >= tonumber(ARGV[1]) and tonumber(known[2]) >= tonumber(ARGV[2]) then
  return { 'page', redis.call('HGET', KEYS[1], 'page') }
end
if redis.call('SET', KEYS[2], ARGV[3], 'NX', 'PX', ARGV[4]) then return { 'load' } end
return { 'wait' }
`,
}

/** KEYS: page, right. ARGV: head, oldest number, owner, page or '' where it is too long, how long it is kept. */
const PUBLISH: Script = {
  name: 'tidingsPublishPage',
  keys: 2,
  lua: `
local known = redis.call('HGET', KEYS[1], 'head')
if not known or tonumber(known) <= tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'head', ARGV[1], 'oldest', ARGV[2], 'page', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
if redis.call('GET', KEYS[2]) == ARGV[3] then redis.call('DEL', KEYS[2]) end
return 1
`,
}

/** KEYS: right. ARGV: owner. */
const ABANDON: Script = {
  name: 'tidingsAbandonPage',
  keys: 1,
  lua: `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`,
}

export const RECENT_EVENTS_SCRIPTS: readonly Script[] = [CLAIM, PUBLISH, ABANDON]

/**
 * Pages that all gateways share in Redis, between their own memory and the store: the newest 100 events of a channel for an hour, other
 * ranges for half a minute. A channel's pages and rights share a slot. Costs nothing per message.
 */
export const createRedisRecentEvents = (
  redis: RedisConnection,
  options: RedisRecentEventsOptions,
): RecentEvents => createRecentEvents(createRedisRecentEngine(redis, options), options)

function createRedisRecentEngine(
  redis: RedisConnection,
  { pageMaxChars = 1024 * 1024 }: Pick<RedisRecentEventsOptions, 'pageMaxChars'>,
): RecentEngine {
  const keysOf = ({ channelId, epoch, name }: SharedKey): [page: string, right: string] => [
    redis.keys.of(`recent:${epoch}:${name}`, channelId),
    redis.keys.of(`recent-right:${epoch}:${name}`, channelId),
  ]
  return {
    async claim(key, needs, owner, lockMs) {
      const args = [needs.asOfSeq, needs.oldestSeq, owner, Math.ceil(lockMs)]
      const [kind, json] = await redis.run<[Claim['kind'], string?]>(CLAIM, keysOf(key), args)
      if (kind !== 'page') return { kind }
      const page = readPage(json)
      // too long to be shared, or nothing of ours
      if (page === undefined || !isAsNewAs(page, needs)) return { kind: 'alone' }
      return { kind: 'page', page }
    },
    async publish(key, owner, page, keepMs) {
      const json = JSON.stringify(page)
      const text = json.length > pageMaxChars ? '' : json
      const { headSeq = 0, oldestSeq = 1 } = page.asOf ?? {}
      await redis.run(PUBLISH, keysOf(key), [headSeq, oldestSeq, owner, text, Math.ceil(keepMs)])
    },
    async abandon(key, owner) {
      const [, right] = keysOf(key)
      await redis.run(ABANDON, [right], [owner])
    },
  }
}

function readPage(json: string | undefined): Page | undefined {
  if (json === undefined || json === '') return undefined
  try {
    const page = JSON.parse(json) as Partial<Page> | null
    return page !== null && typeof page === 'object' && Array.isArray(page.events)
      ? (page as Page)
      : undefined
  } catch {
    return undefined
  }
}
