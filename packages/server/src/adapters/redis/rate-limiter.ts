import { createRecentIds } from '../../environment/recent-ids.js'
import type { ServerEnvironment } from '../../ports/environment.js'
import type { RateLimiter, RateVerdict, RateWindow } from '../../ports/limits.js'
import { createMemoryRateLimiter } from '../memory/limits.js'
import type { RedisConnection } from './connection.js'
import { RefusedKeys } from './refused-keys.js'
import { KEYS_MAX, NOW_MS, type Script } from './script.js'

export interface RedisRateLimiterOptions {
  readonly environment: ServerEnvironment
  /** While Redis is away each process lets through so many times a limit, by its own count. @default 10 */
  readonly awayFactor?: number
  /** Told of each take that Redis did not answer. */
  readonly onUnshared?: () => void
  /** P-39: an id that was let through is known so long, to every process. @default 600,000 */
  readonly onceKeptMs?: number
  /** Unix milliseconds by which windows are counted; left out: the clock of Redis, which all processes share. */
  readonly now?: () => number
}

/** A key is forgotten so long after two of its windows. */
const TTL_SPARE_MS = 10_000
/** Ids that this process has let through and need not ask about (I7). */
const OWN_IDS_MAX = 100_000

/**
 * KEYS: counters, then perhaps the id of what is let through. ARGV: now or '', how long an id is kept, then limit and
 * window of each counter. A counter is the start of its window, the count in it and in the one before; that one counts
 * as far as it still lies within the last window's length. Nothing is written unless all have room and the id is new.
 * Answers { 0 }, { number of the full one, wait }, or { -1 } for an id that was let through before.
 */
const TAKE: Script = {
  name: 'tidingsTake',
  keys: 'any',
  lua: `${NOW_MS}
local now = tonumber(ARGV[1]) or now_ms()
local counters = (#ARGV - 2) / 2
local once = KEYS[counters + 1]
if once and redis.call('EXISTS', once) == 1 then return { -1 } end
local taken = {}
for i = 1, counters do
  local key, limit, window = KEYS[i], tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  local start, current, previous = now, 0, 0
  local s, c, p = string.match(redis.call('GET', key) or '', '^(%d+) (%d+) (%d+)$')
  if s then
    start, current, previous = tonumber(s), tonumber(c), tonumber(p)
    local passed = math.floor((now - start) / window)
    if passed > 0 then
      previous = passed == 1 and current or 0
      current = 0
      start = start + passed * window
    elseif passed < -1 then
      start, current, previous = now, 0, 0
    end
  end
  local elapsed = math.max(0, now - start)
  if current + previous * (1 - elapsed / window) + 1 > limit then
    local room = limit - 1 - current
    local wait
    if room >= 0 and previous > 0 then
      wait = window * (1 - room / previous) - elapsed
    else
      wait = window - elapsed + window * math.max(0, 1 - (limit - 1) / math.max(1, current))
    end
    return { i, math.max(1, math.ceil(wait)) }
  end
  taken[i] = string.format('%.0f %.0f %.0f', start, current + 1, previous)
end
for i = 1, counters do
  redis.call('SET', KEYS[i], taken[i], 'PX', 2 * tonumber(ARGV[2 * i + 2]) + ${TTL_SPARE_MS})
end
if once then redis.call('SET', once, 1, 'PX', ARGV[2]) end
return { 0 }
`,
}

/** KEYS: counters from which one is given back, then perhaps an id. ARGV: how many counters. */
const GIVE_BACK: Script = {
  name: 'tidingsGiveBack',
  keys: 'any',
  lua: `
local counters = tonumber(ARGV[1])
for i = 1, counters do
  local key = KEYS[i]
  local s, c, p = string.match(redis.call('GET', key) or '', '^(%d+) (%d+) (%d+)$')
  if s then
    local current, previous = tonumber(c), tonumber(p)
    if current > 0 then current = current - 1 else previous = math.max(0, previous - 1) end
    redis.call('SET', key, string.format('%s %.0f %.0f', s, current, previous), 'KEEPTTL')
  end
end
if KEYS[counters + 1] then redis.call('DEL', KEYS[counters + 1]) end
return 1
`,
}

export const RATE_LIMITER_SCRIPTS: readonly Script[] = [TAKE, GIVE_BACK]

type TakeAnswer = readonly [full: number, waitMs?: number]
const KNOWN = -1

/** What lies on one node, and is taken in one step. */
interface Group {
  readonly windows: readonly RateWindow[]
  readonly once?: string
}

type GroupVerdict = RateVerdict | { readonly ok: true; readonly known: true }

/** What one key limits lies on one node with what its last part limits: a user in a channel with that channel. */
function slotOf(key: string): string {
  const at = Math.max(key.lastIndexOf('\n'), key.indexOf(':'))
  return key.slice(at + 1)
}

/**
 * Sliding windows that all processes share, exact to the command: counters of one slot are taken in one step.
 * Where windows lie in several slots, each slot is asked at the same time, and what was taken is given back when
 * one is full; meanwhile others may be refused a little early, never let through too many.
 *
 * Accuracy: in any stretch as long as a window at most twice the limit passes, never more than the limit at
 * once, and in the long run the limit. A fail-over of Redis may forget its last moments.
 */
export function createRedisRateLimiter(
  redis: RedisConnection,
  options: RedisRateLimiterOptions,
): RateLimiter {
  const { environment, awayFactor = 10, onceKeptMs = 600_000 } = options
  const local = createMemoryRateLimiter(environment)
  const refused = new RefusedKeys(() => environment.monotonicNow())
  const passed = createRecentIds(OWN_IDS_MAX)
  const keyOf = (window: RateWindow) => redis.keys.of(`rate:${window.key}`, slotOf(window.key))
  const idOf = (once: string) => redis.keys.of(`once:${once}`, slotOf(once))
  const keysOf = ({ windows, once }: Group) => [
    ...windows.map(keyOf),
    ...(once === undefined ? [] : [idOf(once)]),
  ]

  async function takeGroup(group: Group): Promise<GroupVerdict> {
    const args: (string | number)[] = [options.now?.() ?? '', onceKeptMs]
    for (const { limit, windowMs } of group.windows) args.push(limit, Math.ceil(windowMs))
    const [full, waitMs] = await redis.run<TakeAnswer>(TAKE, keysOf(group), args)
    if (full === KNOWN) return { ok: true, known: true }
    const window = group.windows[full - 1]
    if (window === undefined) return { ok: true }
    return { ok: false, key: window.key, retryAfterMs: waitMs ?? 1 }
  }

  async function giveBack(group: Group): Promise<void> {
    try {
      await redis.run(GIVE_BACK, keysOf(group), [group.windows.length])
    } catch {
      // counted once too often, until the window has passed
    }
  }

  /** Redis cannot say what the others count: this process counts alone, generously. */
  function takeAlone(windows: readonly RateWindow[]): Promise<RateVerdict> {
    options.onUnshared?.()
    return local.take(windows.map((window) => ({ ...window, limit: window.limit * awayFactor })))
  }

  async function takeShared(windows: readonly RateWindow[], once?: string): Promise<RateVerdict> {
    const groups = bySlot(windows, once)
    const settled = await Promise.allSettled(groups.map(takeGroup))
    const verdicts = settled.map((one) => (one.status === 'fulfilled' ? one.value : undefined))
    const known = verdicts.find((verdict) => verdict !== undefined && 'known' in verdict)
    const final = known ?? verdicts.find((verdict) => verdict?.ok === false)
    if (final === undefined) return verdicts.includes(undefined) ? takeAlone(windows) : OK
    const taken = groups.filter((_, i) => verdicts[i]?.ok === true && verdicts[i] !== known)
    await Promise.all(taken.map(giveBack))
    return final.ok ? OK : final
  }

  /** P-39: while a key is known to be full Redis is not asked about it, but still about a repeat. */
  async function isKnown(once: string | undefined): Promise<boolean> {
    if (once === undefined) return false
    try {
      return (await redis.ask((client) => client.exists(idOf(once)))) === 1
    } catch {
      return false
    }
  }

  return {
    async take(windows, once) {
      if (windows.length === 0) return OK
      if (once !== undefined && passed.has(once)) return OK
      const full = refused.find(windows)
      if (full !== undefined) return (await isKnown(once)) ? OK : full
      const verdict = await takeShared(windows, once)
      if (!verdict.ok) refused.add(verdict)
      else if (once !== undefined) passed.add(once)
      return verdict
    },
  }
}

const OK = { ok: true } as const

function bySlot(windows: readonly RateWindow[], once: string | undefined): readonly Group[] {
  const slots = new Map<string, RateWindow[]>()
  if (once !== undefined) slots.set(slotOf(once), [])
  for (const window of windows) {
    const slot = slotOf(window.key)
    slots.set(slot, [...(slots.get(slot) ?? []), window])
  }
  return [...slots].flatMap(([slot, ofSlot]) =>
    inParts(ofSlot).map((part, i) =>
      once !== undefined && i === 0 && slot === slotOf(once)
        ? { windows: part, once }
        : { windows: part },
    ),
  )
}

/** At least one part; together with an id it has no more keys than a script takes. */
const inParts = (windows: readonly RateWindow[]): readonly (readonly RateWindow[])[] =>
  Array.from({ length: Math.max(1, Math.ceil(windows.length / (KEYS_MAX - 1))) }, (_, i) =>
    windows.slice(i * (KEYS_MAX - 1), (i + 1) * (KEYS_MAX - 1)),
  )
