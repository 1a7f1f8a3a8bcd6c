import type { SessionLimits } from '@tidings/protocol'

/**
 * How fast something may go, so that the SDK stays below a server's limit instead of running into
 * it. One number is kept for each budget: the time at which it is whole again.
 */
export interface Pace {
  /** Milliseconds that one costs; 0 when the server sets no limit. */
  readonly intervalMs: number
  /** How many may go at once. */
  readonly burst: number
}

export const UNPACED: Pace = { intervalMs: 0, burst: 1 }

/** What commands may take of a connection's envelopes: what is asked and told besides needs some too. */
const SHARE = 0.7

export function paceOf(perSecond: unknown, burst: unknown, share = 1): Pace {
  const rate = Number(perSecond) * share
  if (!(rate > 0)) return UNPACED
  return { intervalMs: 1000 / rate, burst: Math.max(1, Number(burst) * share || 1) }
}

/** A server that states nothing is taken for one as it comes (P-102). */
export const envelopePaceOf = (limits: Partial<SessionLimits>): Pace =>
  paceOf(limits.envelope_rate_per_s ?? 100, limits.envelope_burst ?? 200, SHARE)

/** The earliest time for the next one. */
export const paceAllowsAt = ({ intervalMs, burst }: Pace, wholeAt: number): number =>
  wholeAt - intervalMs * (burst - 1)

/** What is kept after one went at `now`. */
export const paceAfter = ({ intervalMs }: Pace, wholeAt: number, now: number): number =>
  Math.max(wholeAt, now) + intervalMs
