import { LIMITS } from '@tidings/protocol'
import type { SqlRow } from './driver.js'
import type { Chore, Key } from './housekeeping.js'

/**
 * Ids are kept this much longer than repeats are recognised (R4): no decision depends on when exactly they go.
 * The embedded log keeps nothing from one start to the next, so its retention adds nothing.
 */
const MARGIN_MS = 24 * 60 * 60 * 1000
const SLICE_ROWS = 1_000

const KEY = ['client_msg_id', 'channel_id', 'user_id', 'generation', 'log_offset'] as const
const FIRST: Key = ['', '', '', 0, 0]
const SLICE = `SELECT ${KEY.join(', ')}, accepted_at FROM ids
  WHERE (${KEY.join(', ')}) > (?, ?, ?, ?, ?) ORDER BY ${KEY.join(', ')} LIMIT ${SLICE_ROWS}`
const FORGET = `DELETE FROM ids WHERE ${KEY.map((column) => `${column} = ?`).join(' AND ')}`

const keyOf = (row: SqlRow): Key => KEY.map((column) => row[column] ?? '')

/** Forgets ids that are too old to be asked for again (I7). */
export const expireIds: Chore = async (driver, nowMs, after = FIRST) => {
  const before = nowMs - LIMITS.idempotencyWindowMs - MARGIN_MS
  const [answers] = await driver.query([{ sql: SLICE, rows: [after] }])
  const rows = answers?.[0] ?? []
  const old = rows.filter((row) => Number(row.accepted_at) < before)
  if (old.length > 0) await driver.batch([{ sql: FORGET, rows: old.map(keyOf) }])
  const last = rows.at(-1)
  return last === undefined || rows.length < SLICE_ROWS ? undefined : keyOf(last)
}
