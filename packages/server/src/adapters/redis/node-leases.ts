import type { ServerEnvironment } from '../../ports/environment.js'
import { NODE_NUMBERS, type NodeLease, type NodeLeases } from '../../ports/limits.js'
import type { RedisConnection } from './connection.js'
import { NOW_MS, type Script, SINCE } from './script.js'

export interface RedisNodeLeasesOptions {
  readonly environment: ServerEnvironment
  /** How long a number stays taken without a renewal: an outage of Redis up to it stops nobody. @default 600,000 */
  readonly leaseMs?: number
  /** How often a lease is renewed; never more seldom than at a third of it. @default 1,000 */
  readonly renewEveryMs?: number
  /**
   * How long nobody gets a number after the numbers were lost, or may have been with the server that had them: whoever
   * still holds one claims it again by then. Longer than `renewEveryMs` and a reconnect. @default 3,000
   */
  readonly settleMs?: number
  /** A wall clock that differs more from the clock of Redis is not trusted: no ids are made by it. @default 5,000 */
  readonly maxClockSkewMs?: number
  /** `acquire` gives up after this. @default 20,000 */
  readonly acquireTimeoutMs?: number
  /** Told once when another process has the number: this one must end, or acquire anew. */
  readonly onLost?: () => void
  /** Told of renewals that failed. */
  readonly onTrouble?: (error: unknown) => void
}

/**
 * KEYS: leases by their end, owners, since. ARGV: owner, leaseMs, settleMs, quarantineMs, first number to try.
 * A number that was never used comes first, then the one that has rested longest.
 */
const ACQUIRE: Script = {
  name: 'tidingsAcquireNode',
  keys: 3,
  lua: `${SINCE}
local now = now_ms()
local settled = since(KEYS[3], now) + tonumber(ARGV[3])
local answer = string.format('%.0f', now)
if now < settled then return { 'wait', settled - now, answer } end
local node
if redis.call('ZCARD', KEYS[1]) < ${NODE_NUMBERS} then
  for i = 0, ${NODE_NUMBERS - 1} do
    local candidate = (tonumber(ARGV[5]) + i) % ${NODE_NUMBERS}
    if not redis.call('ZSCORE', KEYS[1], candidate) then
      node = candidate
      break
    end
  end
else
  local rested = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  local free = tonumber(rested[2]) + tonumber(ARGV[4])
  if free > now then return { 'full', free - now, answer } end
  node = tonumber(rested[1])
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), node)
redis.call('HSET', KEYS[2], node, ARGV[1])
return { 'node', node, answer }
`,
}

/** KEYS: as above. ARGV: owner, leaseMs, node. A number that nobody has is claimed again. */
const RENEW: Script = {
  name: 'tidingsRenewNode',
  keys: 3,
  lua: `${SINCE}
local now = now_ms()
since(KEYS[3], now)
local owner = redis.call('HGET', KEYS[2], ARGV[3])
if owner and owner ~= ARGV[1] then return { 'lost', 0, '0' } end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[3])
redis.call('HSET', KEYS[2], ARGV[3], ARGV[1])
return { 'node', tonumber(ARGV[3]), string.format('%.0f', now) }
`,
}

/** KEYS: as above. ARGV: owner, node. The number rests before another gets it. */
const RELEASE: Script = {
  name: 'tidingsReleaseNode',
  keys: 3,
  lua: `${NOW_MS}
if redis.call('HGET', KEYS[2], ARGV[2]) ~= ARGV[1] then return 0 end
redis.call('ZADD', KEYS[1], string.format('%.0f', now_ms()), ARGV[2])
redis.call('HDEL', KEYS[2], ARGV[2])
return 1
`,
}

export const NODE_LEASES_SCRIPTS: readonly Script[] = [ACQUIRE, RENEW, RELEASE]

type Answer = readonly ['wait' | 'full' | 'node' | 'lost', number, string]

/**
 * Node numbers of Snowflakes. No two living processes have the same, also after Redis has lost all it knew, and
 * none gets a number as long as its last holder's clock may have been ahead of its own.
 */
export function createRedisNodeLeases(
  redis: RedisConnection,
  options: RedisNodeLeasesOptions,
): NodeLeases {
  const { environment } = options
  const leaseMs = options.leaseMs ?? 600_000
  const settleMs = options.settleMs ?? 3_000
  const quarantineMs = 2 * (options.maxClockSkewMs ?? 5_000)
  const keys = ['ends', 'owners', 'since'].map((kind) => redis.keys.of(kind, 'nodes'))

  async function acquire(): Promise<NodeLease> {
    const owner = environment.randomId()
    const until = environment.monotonicNow() + (options.acquireTimeoutMs ?? 20_000)
    for (;;) {
      const sentAt = environment.monotonicNow()
      const first = Math.floor(environment.random() * NODE_NUMBERS)
      const args = [owner, leaseMs, settleMs, quarantineMs, first]
      const [kind, value, now] = await redis.run<Answer>(ACQUIRE, keys, args)
      if (kind === 'node') {
        const lease = new RedisNodeLease(redis, keys, owner, value, leaseMs, options)
        lease.renewed(sentAt, Number(now))
        if (lease.valid()) return lease.keep()
        await lease.release()
        throw new Error(
          `The clock of this machine differs by ${Math.abs(lease.skewMs)} ms from that of Redis: set both by NTP.`,
        )
      }
      if (environment.monotonicNow() + value > until) {
        throw new Error(
          kind === 'full'
            ? `All ${NODE_NUMBERS} node numbers are taken: run fewer processes, or wait until leases of dead ones are over.`
            : 'The node numbers were lost and have not settled.',
        )
      }
      await new Promise<void>((resolve) => environment.setTimer(resolve, value))
    }
  }

  return { acquire }
}

class RedisNodeLease implements NodeLease {
  skewMs = 0
  private until = Number.NEGATIVE_INFINITY
  /** Wall minus monotonic clock at the last renewal. */
  private wallOffset = 0
  private ended = false
  private timer: unknown

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: readonly string[],
    private readonly owner: string,
    readonly node: number,
    private readonly leaseMs: number,
    private readonly options: RedisNodeLeasesOptions,
  ) {}

  /** Counted from before the renewal was sent, on the clock that never goes back. */
  renewed(sentAt: number, redisNow: number): void {
    const { environment } = this.options
    this.until = sentAt + this.leaseMs
    this.wallOffset = environment.now() - environment.monotonicNow()
    this.skewMs = Math.round(environment.now() - redisNow)
  }

  valid(): boolean {
    const { environment, maxClockSkewMs = 5_000 } = this.options
    const monotonic = environment.monotonicNow()
    if (this.ended || monotonic >= this.until) return false
    // a wall clock that has jumped since would stamp ids with a time that another holder may have used or will use
    const jumpedMs = environment.now() - monotonic - this.wallOffset
    return Math.abs(this.skewMs + jumpedMs) <= maxClockSkewMs
  }

  keep(): this {
    const everyMs = Math.min(this.options.renewEveryMs ?? 1_000, this.leaseMs / 3)
    this.timer = this.options.environment.setTimer(() => void this.renew(), everyMs)
    return this
  }

  async release(): Promise<void> {
    if (this.ended) return
    this.end()
    // what is not released ends by itself
    await this.redis
      .run(RELEASE, this.keys, [this.owner, this.node])
      .catch((error: unknown) => this.options.onTrouble?.(error))
  }

  private end(): void {
    this.ended = true
    this.options.environment.clearTimer(this.timer)
  }

  private async renew(): Promise<void> {
    const sentAt = this.options.environment.monotonicNow()
    try {
      const args = [this.owner, this.leaseMs, this.node]
      const [kind, , now] = await this.redis.run<Answer>(RENEW, this.keys, args)
      if (this.ended) return
      if (kind === 'lost') {
        this.end()
        this.options.onLost?.()
        return
      }
      this.renewed(sentAt, Number(now))
    } catch (error) {
      this.options.onTrouble?.(error)
    }
    if (!this.ended) this.keep()
  }
}
