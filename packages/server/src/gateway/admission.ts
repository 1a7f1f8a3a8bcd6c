import { CLOSE, CODES, type ErrorCode } from '@tidings/protocol'
import type { SocketRefusal, SocketRequest } from '../ports/socket.js'
import type { Core } from './core.js'
import { CountsByNetwork } from './counts-by-network.js'
import { type Bucket, type BucketRate, fullBucket, take } from './token-bucket.js'

/** Why a socket is not served. */
export type Refusal = SocketRefusal

/** Clients that are sent away come back after a random part of this. */
const RETRY_SPREAD_MS = 5_000

export const closeCodeOf = (code: ErrorCode): number => CODES[code].close ?? CLOSE.malformed

/** Who gets in (I7): before anything is known of a client, and before anything is spent on it. */
export class Admission {
  private readonly rate: BucketRate
  private readonly bucket: Bucket
  private refusing = 0
  draining = false
  /** Sockets, and clients without one yet whose tokens are checked. */
  readonly entered = new CountsByNetwork()
  /** Those of them that have not shown a valid token yet. */
  readonly unauthenticated = new CountsByNetwork()

  constructor(private readonly core: Core) {
    const perSecond = core.options.connectionRatePerS
    this.rate = { perSecond, burst: perSecond * 2 }
    this.bucket = fullBucket(this.rate, core.environment.monotonicNow())
  }

  /** Undefined: may come in. Takes from the connection rate only then. */
  check({ remoteAddress }: Pick<SocketRequest, 'remoteAddress'>): Refusal | undefined {
    const { options, parts, connections } = this.core
    const away = this.away()
    if (away !== undefined) return away
    if (parts.memoryUsed !== undefined && parts.memoryUsed() >= options.memoryRefuseRatio) {
      return this.later('unavailable', 'The server has no room for more connections.')
    }
    if (connections.size >= options.maxConnections) return this.later('too_many_connections')
    if (
      this.unauthenticated.total >= options.maxUnauthenticated ||
      this.unauthenticated.of(remoteAddress) >= options.maxUnauthenticatedPerIp
    ) {
      return this.later('too_many_connections', 'Too many connections have not said who they are.')
    }
    if (this.entered.of(remoteAddress) >= options.maxConnectionsPerIp) {
      return this.later('too_many_connections', 'Too many connections from this address.')
    }
    const waitMs = take(this.bucket, this.rate, this.core.environment.monotonicNow())
    return waitMs === 0 ? undefined : this.later('too_many_connections', undefined, waitMs)
  }

  /** Why nobody may come in now. */
  away(): Refusal | undefined {
    if (this.draining) return this.later('unavailable', 'The server is going away.')
    if (!this.core.lease.isValid()) return this.later('unavailable', 'The server is not ready.')
    return undefined
  }

  /**
   * False when so many refused sockets linger that an upgrade just to explain would be too much, and when another
   * server can take them: by HTTP whatever stands in front learns of it, and leads them there at once (P-76).
   */
  canExplain(): boolean {
    return !this.draining && this.refusing < this.core.options.maxRefusing
  }

  explaining(change: 1 | -1): void {
    this.refusing += change
  }

  private later(code: ErrorCode, message?: string, waitMs = 1_000): Refusal {
    const retryAfterMs = Math.ceil(waitMs + this.core.environment.random() * RETRY_SPREAD_MS)
    return { code, retryAfterMs, ...(message !== undefined && { message }) }
  }
}
