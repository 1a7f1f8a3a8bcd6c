import type { RateLimiter } from '../ports/limits.js'

/** Counts what was refused by the kind of the window that was full: user, channel, workspace or ip. */
export const countLimits = (
  limiter: RateLimiter,
  counter: { inc(labels: { scope: string }): void },
): RateLimiter => ({
  async take(windows, once) {
    const verdict = await limiter.take(windows, once)
    if (!verdict.ok) counter.inc({ scope: verdict.key.slice(0, verdict.key.indexOf(':')) })
    return verdict
  },
})
