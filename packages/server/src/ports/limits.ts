/** Sliding windows shared by all processes. */
export interface RateLimiter {
  /**
   * Takes from every window or from none; answers how long to wait when one is full. MUST NOT throw when its engine
   * is away: it then lets through whatever would pass with it and more, and counts. May bound what one process sees.
   *
   * P-39: `once` names what is let through, by an id whose last part is after a line break as in a key. What was let
   * through under an id within the last minutes MUST be let through again and charged nothing, by any process that
   * shares the windows; what was refused is not remembered. The ids that are kept are bounded by time or number (I7).
   */
  take(windows: readonly RateWindow[], once?: string): Promise<RateVerdict>
}
export interface RateWindow {
  /** Names what is limited: `ip:…`, `user:…`, `channel:…`, `workspace:…`. */
  readonly key: string
  readonly limit: number
  readonly windowMs: number
}
export type RateVerdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly key: string; readonly retryAfterMs: number }

/**
 * Tokens that ended before their time, by `jti`, until they would have expired anyway. An adapter that is shared by
 * processes MUST say how late a revocation may be seen elsewhere, and what it answers while its engine is away.
 */
export interface TokenRevocation {
  /** Resolves when every process will refuse it; in this one it holds at once. */
  revoke(jti: string, untilMs: number): Promise<void>
  isRevoked(jti: string): Promise<boolean>
}

/** How many node numbers there are: the ten bits that a Snowflake has for one. */
export const NODE_NUMBERS = 1_024

/** Leases the node number of a Snowflake, so that no two living processes make the same id. */
export interface NodeLeases {
  /** A process whose lease is over MUST make no more ids. */
  acquire(): Promise<NodeLease>
}
export interface NodeLease {
  /** 0 to 1023. */
  readonly node: number
  /** False once the lease may be over. */
  valid(): boolean
  release(): Promise<void>
}
