import { LIMITS } from '@tidings/protocol'
import type { ServerEnvironment } from '../../ports/environment.js'
import type { SqlDriver, SqlRow } from './driver.js'

/**
 * Ids are kept this much longer than repeats are recognised (R4): no decision depends on when exactly they go.
 * The embedded log keeps nothing from one start to the next, so its retention adds nothing.
 */
const MARGIN_MS = 24 * 60 * 60 * 1000
const PASS_INTERVAL_MS = 6 * 60 * 60 * 1000
/** Between two slices of a pass, so that it never stands in the way of anything. */
const SLICE_INTERVAL_MS = 100
const SLICE_ROWS = 1_000

const KEY = ['client_msg_id', 'channel_id', 'user_id', 'generation', 'log_offset'] as const
type Key = readonly (string | number)[]

const FIRST: Key = ['', '', '', 0, 0]
const SLICE = `SELECT ${KEY.join(', ')}, accepted_at FROM ids
  WHERE (${KEY.join(', ')}) > (?, ?, ?, ?, ?) ORDER BY ${KEY.join(', ')} LIMIT ${SLICE_ROWS}`
const FORGET = `DELETE FROM ids WHERE ${KEY.map((column) => `${column} = ?`).join(' AND ')}`

const keyOf = (row: SqlRow): Key => KEY.map((column) => row[column] ?? '')

/** Forgets what is too old in the next slice of ids; resolves to where the one after begins, undefined at the end. */
export async function expireSlice(
  driver: Pick<SqlDriver, 'query' | 'batch'>,
  nowMs: number,
  after: Key = FIRST,
): Promise<Key | undefined> {
  const before = nowMs - LIMITS.idempotencyWindowMs - MARGIN_MS
  const [answers] = await driver.query([{ sql: SLICE, rows: [after] }])
  const rows = answers?.[0] ?? []
  const old = rows.filter((row) => Number(row.accepted_at) < before)
  if (old.length > 0) await driver.batch([{ sql: FORGET, rows: old.map(keyOf) }])
  const last = rows.at(-1)
  return last === undefined || rows.length < SLICE_ROWS ? undefined : keyOf(last)
}

/** Goes through the ids again and again, slowly. Trouble ends a pass; the next one begins anew. */
export function startIdExpiry(
  driver: Pick<SqlDriver, 'query' | 'batch'>,
  environment: Pick<ServerEnvironment, 'now' | 'setTimer' | 'clearTimer'>,
): { stop(): void } {
  let stopped = false
  let timer: unknown
  const later = (delayMs: number, after?: Key): void => {
    if (!stopped) timer = environment.setTimer(() => slice(after), delayMs)
  }
  const slice = (after: Key | undefined): void => {
    expireSlice(driver, environment.now(), after).then(
      (next) => (next === undefined ? later(PASS_INTERVAL_MS) : later(SLICE_INTERVAL_MS, next)),
      () => later(PASS_INTERVAL_MS),
    )
  }
  later(PASS_INTERVAL_MS)
  return {
    stop() {
      stopped = true
      environment.clearTimer(timer)
    },
  }
}
