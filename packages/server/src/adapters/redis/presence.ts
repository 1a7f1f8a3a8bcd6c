import { LIMITS, type PresenceStatus } from '@tidings/protocol'
import type { Presence, PresenceRecord } from '../../ports/presence.js'
import { partitionOf } from '../../stream/partition.js'
import type { RedisConnection } from './connection.js'
import { NOW_MS, type Script } from './script.js'

export interface RedisPresenceOptions {
  /** A note that is not renewed ends after this. @default 45,000 */
  readonly ttlMs?: number
  /** When a user was seen last is kept for so long after their last note. @default 30 days */
  readonly keepMs?: number
}

/**
 * In the hash of a user there is a field for each holder, `h:<holder>`, with status, end and when they were seen;
 * `told`, the status that the last change ended in, or `lost`; and `seen`. The sorted set of the user's slot says when the
 * next of their notes ends. A user's notes are weighed by one script, so each change has one cause.
 */
const WEIGH = `${NOW_MS}
local rank = { offline = 0, away = 1, online = 2 }
local function weigh(user, now)
  local fields = redis.call('HGETALL', user)
  local w = { status = 'offline', told = 'offline', seen = 0, ended = {}, next = nil }
  for i = 1, #fields, 2 do
    local field, value = fields[i], fields[i + 1]
    if field == 'told' then w.told = value
    elseif field == 'seen' then w.seen = math.max(w.seen, tonumber(value))
    else
      local status, ends, seen = string.match(value, '^(%a+) (%d+) (%d+)$')
      ends = tonumber(ends)
      if ends <= now then
        table.insert(w.ended, field)
        w.seen = math.max(w.seen, tonumber(seen))
      else
        if rank[status] > rank[w.status] then w.status = status end
        if w.next == nil or ends < w.next then w.next = ends end
      end
    end
  end
  return w
end
-- before: what was read a moment ago, which may have ended without being told
local function settle(user, due, id, now, keep, before)
  local w = weigh(user, now)
  for _, field in ipairs(w.ended) do redis.call('HDEL', user, field) end
  if w.next then redis.call('ZADD', due, string.format('%.0f', w.next), id)
  else redis.call('ZREM', due, id) end
  if w.seen == 0 and w.next == nil and w.status == w.told then return { '', '0' } end
  redis.call('HSET', user, 'told', w.status, 'seen', string.format('%.0f', w.seen))
  redis.call('PEXPIRE', user, keep)
  local changed = w.status ~= w.told or (before and w.status ~= before)
  return { changed and w.status or '', string.format('%.0f', w.seen) }
end
`

/** KEYS: user, ends. ARGV: id, holder, status, when seen, life, how long the user is kept. */
const NOTE: Script = {
  name: 'tidingsPresenceNote',
  keys: 2,
  lua: `${WEIGH}
local now = now_ms()
local field, seen = 'h:' .. ARGV[2], tonumber(ARGV[4])
if ARGV[3] == 'offline' and redis.call('EXISTS', KEYS[1]) == 0 then
  -- their notes were lost: whether another process still sees them is known when it has had time to renew
  redis.call('HSET', KEYS[1], 'told', 'lost', 'seen', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[6])
  redis.call('ZADD', KEYS[2], string.format('%.0f', now + tonumber(ARGV[5])), ARGV[1])
  return { '', '0' }
end
local before = weigh(KEYS[1], now).status
if ARGV[3] == 'offline' then
  redis.call('HDEL', KEYS[1], field)
else
  redis.call('HSET', KEYS[1], field,
    string.format('%s %.0f %s', ARGV[3], now + tonumber(ARGV[5]), ARGV[4]))
end
if redis.call('EXISTS', KEYS[1]) == 1 and seen > tonumber(redis.call('HGET', KEYS[1], 'seen') or '0') then
  redis.call('HSET', KEYS[1], 'seen', ARGV[4])
end
return settle(KEYS[1], KEYS[2], ARGV[1], now, ARGV[6], before)
`,
}

/** KEYS: user, ends. ARGV: id, how long the user is kept. */
const SETTLE: Script = {
  name: 'tidingsPresenceSettle',
  keys: 2,
  lua: `${WEIGH}
return settle(KEYS[1], KEYS[2], ARGV[1], now_ms(), ARGV[2])
`,
}

/** KEYS: ends. ARGV: how many. */
const DUE: Script = {
  name: 'tidingsPresenceDue',
  keys: 1,
  lua: `${NOW_MS}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now_ms()), 'LIMIT', '0', ARGV[1])
`,
}

/** KEYS: user. */
const READ: Script = {
  name: 'tidingsPresenceRead',
  keys: 1,
  lua: `${WEIGH}
local w = weigh(KEYS[1], now_ms())
return { w.status, string.format('%.0f', w.seen) }
`,
}

export const PRESENCE_SCRIPTS: readonly Script[] = [NOTE, SETTLE, DUE, READ]

/** Slots over which users are spread: each has its sorted set, which one node holds with the users of the slot. */
const SLOTS = 64

type Answer = readonly [status: string, seen: string]

/** Presence that all processes share. Commands of one call go out together, in one write to each node. */
export function createRedisPresence(
  redis: RedisConnection,
  { ttlMs = LIMITS.presenceTtlMs, keepMs = 30 * 24 * 60 * 60 * 1000 }: RedisPresenceOptions = {},
): Presence {
  const slotOf = (userId: string) => String(partitionOf(userId, SLOTS))
  const endsOf = (slot: string) => redis.keys.of('presence-ends', slot)
  // the user's id stands before the tag, where no brace may be
  const keyOf = (userId: string, slot: string) =>
    redis.keys.of(`presence:${encodeURIComponent(userId)}:`, slot)

  return {
    async note(holder, notes) {
      const answers = await Promise.all(
        notes.map(({ userId, status, seenAt }) => {
          const slot = slotOf(userId)
          return redis.run<Answer>(
            NOTE,
            [keyOf(userId, slot), endsOf(slot)],
            [userId, holder, status, seenAt, ttlMs, keepMs],
          )
        }),
      )
      return notes.flatMap(({ userId }, i) => changeOf(userId, answers[i]))
    },
    async expired(limit) {
      const slots = Array.from({ length: SLOTS }, (_, slot) => String(slot))
      const due = await Promise.all(
        slots.map(async (slot) =>
          (await redis.run<string[]>(DUE, [endsOf(slot)], [limit])).map((userId) => ({
            userId,
            slot,
          })),
        ),
      )
      const users = due.flat().slice(0, limit)
      const answers = await Promise.all(
        users.map(({ userId, slot }) =>
          redis.run<Answer>(SETTLE, [keyOf(userId, slot), endsOf(slot)], [userId, keepMs]),
        ),
      )
      return users.flatMap(({ userId }, i) => changeOf(userId, answers[i]))
    },
    async read(userIds) {
      const answers = await Promise.all(
        userIds.map((userId) => redis.run<Answer>(READ, [keyOf(userId, slotOf(userId))], [])),
      )
      return userIds.map((userId, i) => recordOf(userId, answers[i]))
    },
  }
}

const changeOf = (userId: string, answer: Answer | undefined): readonly PresenceRecord[] =>
  answer === undefined || answer[0] === '' ? [] : [recordOf(userId, answer)]

function recordOf(userId: string, answer: Answer | undefined): PresenceRecord {
  const [status = 'offline', seen = '0'] = answer ?? []
  return {
    userId,
    status: status as PresenceStatus,
    ...(seen !== '0' && { lastSeen: Number(seen) }),
  }
}
