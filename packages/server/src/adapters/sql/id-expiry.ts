import { LIMITS } from '@tidings/protocol'
import { sql } from 'kysely'
import type { SqlDialect } from './dialect.js'
import type { SqlRow } from './driver.js'
import type { Chore, Key } from './housekeeping.js'
import { PARAMETER, statementTexts } from './store/compile.js'

/** Ids are kept this much longer than repeats are recognised (R4): no decision depends on when exactly they go. */
const MARGIN_MS = 24 * 60 * 60 * 1000
const SLICE_ROWS = 1_000

const KEY = ['client_msg_id', 'channel_id', 'user_id', 'generation', 'log_offset'] as const
const FIRST: Key = ['', '', '', 0, 0]

const keyOf = (row: SqlRow): Key => KEY.map((column) => row[column] ?? '')

/**
 * Forgets ids that are too old to be asked for again (I7). What the log still holds may be folded again, so ids
 * are kept for its retention too, in milliseconds; an embedded log keeps nothing from one start to the next.
 */
export function expireIds(dialect: SqlDialect, logRetentionMs = 0): Chore {
  const text = statementTexts(dialect)
  const columns = sql.join(KEY.map((column) => sql.ref(column)))
  const slice = text(sql`
    select ${columns}, accepted_at from ids
    where (${columns}) > (${sql.join(KEY.map(() => PARAMETER))})
    order by ${columns} limit ${sql.lit(SLICE_ROWS)}`)
  const forget = text(sql`
    delete from ids where ${sql.join(
      KEY.map((column) => sql`${sql.ref(column)} = ${PARAMETER}`),
      sql` and `,
    )}`)

  return async (driver, nowMs, after = FIRST) => {
    const before = nowMs - LIMITS.idempotencyWindowMs - logRetentionMs - MARGIN_MS
    const [answers] = await driver.query([{ sql: slice, rows: [after] }])
    const rows = answers?.[0] ?? []
    const old = rows.filter((row) => Number(row.accepted_at) < before)
    if (old.length > 0) await driver.batch([{ sql: forget, rows: old.map(keyOf) }])
    const last = rows.at(-1)
    return last === undefined || rows.length < SLICE_ROWS ? undefined : keyOf(last)
  }
}
