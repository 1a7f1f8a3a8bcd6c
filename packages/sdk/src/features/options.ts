import { invalidArgument } from '../errors.js'

/** A timer that is told to wait longer fires at once. */
const MAX_MS = 2 ** 31 - 1

/** Throws `invalid_argument` for a time that cannot be waited for. */
export function checkMs(times: Readonly<Record<string, number>>): void {
  for (const [name, ms] of Object.entries(times)) {
    if (!(typeof ms === 'number' && ms >= 1 && ms <= MAX_MS)) {
      throw invalidArgument(`${name} must be a number of milliseconds from 1 to ${MAX_MS}.`)
    }
  }
}
