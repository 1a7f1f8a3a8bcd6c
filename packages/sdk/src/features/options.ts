import { check } from '../arguments.js'
import { MAX_TIMER_MS } from '../limits.js'

/** Throws `invalid_argument` for a time that cannot be waited for, in one timer unless `maxMs` is more. */
export function checkMs(times: Readonly<Record<string, number>>, maxMs = MAX_TIMER_MS): void {
  for (const [name, ms] of Object.entries(times)) {
    const isTime = typeof ms === 'number' && ms >= 1 && ms <= maxMs
    check(name, ms, isTime, `a number of milliseconds from 1 to ${maxMs}`)
  }
}
