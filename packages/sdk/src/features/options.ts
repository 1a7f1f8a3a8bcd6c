import { invalidArgument } from '../errors.js'

/** Throws `invalid_argument` for a time that cannot be waited for. */
export function checkMs(times: Readonly<Record<string, number>>): void {
  for (const [name, ms] of Object.entries(times)) {
    if (!(typeof ms === 'number' && ms >= 1)) {
      throw invalidArgument(`${name} must be a number of milliseconds from 1.`)
    }
  }
}
