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
  /** Unix milliseconds by which windows are counted; left out: the clock of Redis, which all processes share. */
  readonly now?: () => number
}

/** A key is forgotten so long after two of its windows. */
const TTL_SPARE_MS = 10_000

/**
 * KEYS: counters. ARGV: now or '', then limit and window of each. A counter is the start of its window, the count
 * in it and in the one before; that one counts as far as it still lies within the last window's length. Nothing
 * is written unless all have room. Answers { 0 } or { number of the full one, wait }.
 */
const TAKE: Script = {
  name: 'tidingsTake',
  keys: 'any',
  lua: `${NOW_MS}
local now = tonumber(ARGV[1]) or now_ms()
local taken = {}
for i, key in ipairs(KEYS) do
  local limit, window = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
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
for i, key in ipairs(KEYS) do
  redis.call('SET', key, taken[i], 'PX', 2 * tonumber(ARGV[2 * i + 1]) + ${TTL_SPARE_MS})
end
return { 0 }
`,
}

/** KEYS: counters from which one is given back. */
const GIVE_BACK: Script = {
  name: 'tidingsGiveBack',
  keys: 'any',
  lua: `
for _, key in ipairs(KEYS) do
  local s, c, p = string.match(redis.call('GET', key) or '', '^(%d+) (%d+) (%d+)$')
  if s then
    local current, previous = tonumber(c), tonumber(p)
    if current > 0 then current = current - 1 else previous = math.max(0, previous - 1) end
    redis.call('SET', key, string.format('%s %.0f %.0f', s, current, previous), 'KEEPTTL')
  end
end
return 1
`,
}

export const RATE_LIMITER_SCRIPTS: readonly Script[] = [TAKE, GIVE_BACK]

type TakeAnswer = readonly [full: number, waitMs?: number]

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
  const { environment, awayFactor = 10 } = options
  const local = createMemoryRateLimiter(environment)
  const refused = new RefusedKeys(() => environment.monotonicNow())
  const keyOf = (window: RateWindow) => redis.keys.of(`rate:${window.key}`, slotOf(window.key))

  async function takeGroup(windows: readonly RateWindow[]): Promise<RateVerdict> {
    const args: (string | number)[] = [options.now?.() ?? '']
    for (const { limit, windowMs } of windows) args.push(limit, Math.ceil(windowMs))
    const [full, waitMs] = await redis.run<TakeAnswer>(TAKE, windows.map(keyOf), args)
    const window = windows[full - 1]
    if (window === undefined) return { ok: true }
    return { ok: false, key: window.key, retryAfterMs: waitMs ?? 1 }
  }

  async function giveBack(windows: readonly RateWindow[]): Promise<void> {
    try {
      await redis.run(GIVE_BACK, windows.map(keyOf), [])
    } catch {
      // counted once too often, until the window has passed
    }
  }

  /** Redis cannot say what the others count: this process counts alone, generously. */
  function takeAlone(windows: readonly RateWindow[]): Promise<RateVerdict> {
    options.onUnshared?.()
    return local.take(windows.map((window) => ({ ...window, limit: window.limit * awayFactor })))
  }

  async function takeShared(groups: readonly (readonly RateWindow[])[]): Promise<RateVerdict> {
    const verdicts = await Promise.allSettled(groups.map(takeGroup))
    const isOk = (i: number) => {
      const verdict = verdicts[i]
      return verdict?.status === 'fulfilled' && verdict.value.ok
    }
    const full = verdicts.find((one) => one.status === 'fulfilled' && !one.value.ok)
    if (full === undefined) {
      const failed = verdicts.some((one) => one.status === 'rejected')
      return failed ? takeAlone(groups.flat()) : { ok: true }
    }
    await Promise.all(groups.filter((_, i) => isOk(i)).map(giveBack))
    // it is neither pending nor rejected: it was found by its value
    return full.status === 'fulfilled' ? full.value : { ok: true }
  }

  return {
    async take(windows) {
      if (windows.length === 0) return { ok: true }
      const known = refused.find(windows)
      if (known !== undefined) return known
      const verdict = await takeShared(bySlot(windows))
      if (!verdict.ok) refused.add(verdict)
      return verdict
    },
  }
}

function bySlot(windows: readonly RateWindow[]): readonly (readonly RateWindow[])[] {
  const groups = new Map<string, RateWindow[]>()
  for (const window of windows) {
    const slot = slotOf(window.key)
    groups.set(slot, [...(groups.get(slot) ?? []), window])
  }
  return [...groups.values()].flatMap(inParts)
}

const inParts = (windows: readonly RateWindow[]): RateWindow[][] =>
  Array.from({ length: Math.ceil(windows.length / KEYS_MAX) }, (_, i) =>
    windows.slice(i * KEYS_MAX, (i + 1) * KEYS_MAX),
  )
