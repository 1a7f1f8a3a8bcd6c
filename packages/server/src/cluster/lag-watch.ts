import type { ServerEnvironment } from '../ports/environment.js'

/** From where on a log lags, in commands that wait. */
export interface LagBounds {
  /** In one partition: a warning. */
  readonly warnRecords: number
  /** In all partitions together: an error. */
  readonly alertRecords: number
}

/** 0: all is well, 1: one partition lags, 2: the log lags. */
export type LagLevel = 0 | 1 | 2

export interface LagWatchOptions extends LagBounds {
  readonly environment: Pick<ServerEnvironment, 'setTimer' | 'clearTimer'>
  /** Commands that wait, by partition. */
  readonly lag: () => Promise<readonly number[]>
  /** Told after each look. */
  readonly onLag: (lags: readonly number[], level: LagLevel) => void
  /** Told when it becomes worse or better. */
  readonly onLevel: (level: LagLevel, said: LagSaid) => void
  readonly onError: (error: unknown) => void
  /** @default 10,000 */
  readonly intervalMs?: number
}

export interface LagSaid {
  readonly total: number
  readonly worst: number
  readonly worstPartition: number
}

/** Better only clearly below a bound, so that a lag at its edge is told once. */
const BETTER_BELOW = 0.5

/** How bad it is, given how bad it was. */
export function lagLevel(lags: readonly number[], was: LagLevel, bounds: LagBounds): LagLevel {
  const { total, worst } = sumUp(lags)
  if (total >= bounds.alertRecords * (was === 2 ? BETTER_BELOW : 1)) return 2
  return worst >= bounds.warnRecords * (was >= 1 ? BETTER_BELOW : 1) ? 1 : 0
}

/**
 * The last of the layers that keep a server from more than it can carry: who operates it is told that commands come
 * in faster than they are folded. Nothing is refused for it; more sequencers, up to the number of partitions, help.
 */
export function watchLag(options: LagWatchOptions): { close(): void } {
  const { environment, intervalMs = 10_000 } = options
  let level: LagLevel = 0
  let timer: unknown
  let closed = false

  async function look(): Promise<void> {
    try {
      const lags = await options.lag()
      if (closed) return
      const now = lagLevel(lags, level, options)
      options.onLag(lags, now)
      if (now !== level) options.onLevel(now, sumUp(lags))
      level = now
    } catch (error) {
      if (!closed) options.onError(error)
    }
    arm()
  }

  function arm(): void {
    if (!closed) timer = environment.setTimer(() => void look(), intervalMs)
  }

  arm()
  return {
    close() {
      closed = true
      environment.clearTimer(timer)
    },
  }
}

function sumUp(lags: readonly number[]): LagSaid {
  const worst = Math.max(0, ...lags)
  const total = lags.reduce((sum, lag) => sum + lag, 0)
  return { total, worst, worstPartition: lags.indexOf(worst) }
}
