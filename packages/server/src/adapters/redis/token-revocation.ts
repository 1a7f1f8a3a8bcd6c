import type { ServerEnvironment } from '../../ports/environment.js'
import type { TokenRevocation } from '../../ports/limits.js'
import type { RedisConnection } from './connection.js'

export interface RedisTokenRevocationOptions {
  readonly environment: ServerEnvironment
  /** A token that was found good is not asked about again for so long: a revocation elsewhere is seen by then. @default 2,000 */
  readonly checkedForMs?: number
  /** What counts for a token about which nothing is known while Redis is away. @default 'allow' */
  readonly whenAway?: 'allow' | 'refuse'
  /** How often Redis is told again what this process knows to be revoked: it may have lost it. @default 5,000 */
  readonly healEveryMs?: number
  /** A revocation is tried for so long before it is refused; it holds in this process all the same. @default 5,000 */
  readonly revokeTimeoutMs?: number
  /** Told of each check that Redis did not answer. */
  readonly onUnchecked?: () => void
}

export interface RedisTokenRevocation extends TokenRevocation {
  /** Ends its timers. */
  close(): void
}

/** Tokens that this process remembers at once, of each kind (I7); the longest known are asked about again. */
const REMEMBERED_MAX = 200_000
const RETRY_MS = 100
/** Tokens that Redis is told of again at once, who was told of longest ago first (I7). */
const RETOLD_MAX = 2_000

/**
 * Revoked tokens: a key each, which ends with the token. What was found revoked is known here until then, what
 * was found good for a moment, so a check on the hot path costs nothing. While Redis is away, what is known to
 * be revoked stays so; of the rest `whenAway` decides (see decisions/revocation-while-redis-is-away.md).
 */
export function createRedisTokenRevocation(
  redis: RedisConnection,
  options: RedisTokenRevocationOptions,
): RedisTokenRevocation {
  const { environment, checkedForMs = 2_000, whenAway = 'allow' } = options
  const revoked = new Map<string, number>()
  const goodUntil = new Map<string, number>()
  const asking = new Map<string, Promise<boolean>>()
  const keyOf = (jti: string) => redis.keys.of('revoked', jti)
  let timer: unknown
  let closed = false

  const remember = (map: Map<string, number>, jti: string, until: number): void => {
    map.delete(jti)
    if (map.size >= REMEMBERED_MAX) {
      const oldest = map.keys().next().value
      if (oldest !== undefined) map.delete(oldest)
    }
    map.set(jti, until)
  }

  const isKnown = (jti: string): boolean => (revoked.get(jti) ?? 0) > environment.now()

  /** Unix milliseconds when it ends; the key's own life is given as a length, so that clocks need not agree. */
  const write = (jti: string, untilMs: number): Promise<unknown> => {
    const lengthMs = Math.ceil(untilMs - environment.now())
    if (lengthMs <= 0) return Promise.resolve()
    return redis.ask((client) => client.set(keyOf(jti), String(untilMs), 'PX', lengthMs))
  }

  /**
   * A restart or a fail-over may have forgotten the last moments, and in a cluster one node may have lost what it had:
   * nothing that can be asked tells of all that.
   */
  async function retell(): Promise<void> {
    const told: [string, number][] = []
    for (const entry of revoked) {
      if (told.length === RETOLD_MAX) break
      told.push(entry)
    }
    for (const [jti, untilMs] of told) remember(revoked, jti, untilMs)
    await Promise.all(told.map(([jti, untilMs]) => write(jti, untilMs)))
  }

  function arm(): void {
    if (timer !== undefined || closed) return
    timer = environment.setTimer(() => {
      timer = undefined
      const now = environment.now()
      for (const [jti, untilMs] of revoked) if (untilMs <= now) revoked.delete(jti)
      for (const [jti, until] of goodUntil) {
        if (until > environment.monotonicNow()) break
        goodUntil.delete(jti)
      }
      retell()
        // Redis is away: it is asked again
        .catch(() => undefined)
        .finally(() => {
          if (revoked.size > 0) arm()
        })
    }, options.healEveryMs ?? 5_000)
  }

  async function insist(jti: string, untilMs: number): Promise<void> {
    const giveUpAt = environment.monotonicNow() + (options.revokeTimeoutMs ?? 5_000)
    for (;;) {
      try {
        await write(jti, untilMs)
        return
      } catch (error) {
        if (closed || environment.monotonicNow() + RETRY_MS > giveUpAt) throw error
        await new Promise<void>((resolve) => environment.setTimer(resolve, RETRY_MS))
      }
    }
  }

  async function check(jti: string): Promise<boolean> {
    try {
      const found = await redis.ask((client) => client.get(keyOf(jti)))
      if (found === null) {
        remember(goodUntil, jti, environment.monotonicNow() + checkedForMs)
        // revoked here while the question was under way
        return isKnown(jti)
      }
      remember(revoked, jti, Number(found))
      arm()
      return true
    } catch {
      options.onUnchecked?.()
      return whenAway === 'refuse'
    }
  }

  return {
    async revoke(jti, untilMs) {
      if (untilMs <= environment.now()) return
      remember(revoked, jti, untilMs)
      arm()
      await insist(jti, untilMs)
    },
    async isRevoked(jti) {
      if (isKnown(jti)) return true
      const good = goodUntil.get(jti)
      if (good !== undefined && good > environment.monotonicNow()) return false
      // once for all requests of a token at the same time
      let answer = asking.get(jti)
      if (answer === undefined) {
        answer = check(jti).finally(() => asking.delete(jti))
        asking.set(jti, answer)
      }
      return answer
    },
    close() {
      closed = true
      environment.clearTimer(timer)
    },
  }
}
