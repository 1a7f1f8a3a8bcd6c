/**
 * How fast commands may go in one channel, so that the SDK stays below the server's limit instead
 * of running into it. One number per channel is kept: the time at which the budget is whole again.
 */
export interface Pace {
  /** Milliseconds that one command costs; 0 when the server sets no limit. */
  readonly intervalMs: number
  /** How many may go at once. */
  readonly burst: number
}

export const UNPACED: Pace = { intervalMs: 0, burst: 1 }

export function paceOf(limits: { send_rate_per_s?: unknown; send_burst?: unknown }): Pace {
  const rate = Number(limits.send_rate_per_s)
  if (!(rate > 0)) return UNPACED
  return { intervalMs: 1000 / rate, burst: Math.max(1, Number(limits.send_burst) || 1) }
}

/** The earliest time for the next command. */
export const paceAllowsAt = ({ intervalMs, burst }: Pace, wholeAt: number): number =>
  wholeAt - intervalMs * (burst - 1)

/** What is kept after a command went at `now`. */
export const paceAfter = ({ intervalMs }: Pace, wholeAt: number, now: number): number =>
  Math.max(wholeAt, now) + intervalMs
