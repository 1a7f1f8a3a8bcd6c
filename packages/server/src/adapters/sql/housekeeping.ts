import type { ServerEnvironment } from '../../ports/environment.js'
import type { SqlDriver } from './driver.js'

const PASS_INTERVAL_MS = 6 * 60 * 60 * 1000
/** Between two slices of a pass, so that it never stands in the way of anything. */
const SLICE_INTERVAL_MS = 100

/** Where a slice begins: behind this key. */
export type Key = readonly (string | number)[]

/**
 * Does its work on the next few rows of a table, along its key; resolves to where the next slice begins, undefined
 * at the end of the table.
 */
export type Chore = (
  driver: Pick<SqlDriver, 'query' | 'batch'>,
  nowMs: number,
  after?: Key,
) => Promise<Key | undefined>

/** Goes through the tables again and again, slowly. Trouble ends a pass; the next one begins anew. */
export function startHousekeeping(
  driver: Pick<SqlDriver, 'query' | 'batch'>,
  environment: Pick<ServerEnvironment, 'now' | 'setTimer' | 'clearTimer'>,
  chores: readonly Chore[],
): { stop(): void } {
  let stopped = false
  let timer: unknown
  const later = (delayMs: number, chore = 0, after?: Key): void => {
    if (!stopped) timer = environment.setTimer(() => void slice(chore, after), delayMs)
  }
  async function slice(number: number, after: Key | undefined): Promise<void> {
    const chore = chores[number]
    if (chore === undefined) return later(PASS_INTERVAL_MS)
    try {
      const next = await chore(driver, environment.now(), after)
      if (next === undefined) later(SLICE_INTERVAL_MS, number + 1)
      else later(SLICE_INTERVAL_MS, number, next)
    } catch {
      later(PASS_INTERVAL_MS)
    }
  }
  later(PASS_INTERVAL_MS)
  return {
    stop() {
      stopped = true
      environment.clearTimer(timer)
    },
  }
}
