import { sql } from 'kysely'
import type { SqlDialect } from './dialect.js'
import type { SqlRow, SqlStatement } from './driver.js'
import type { Chore, Key } from './housekeeping.js'
import { effectCounts, PARAMETER, statementTexts } from './store/compile.js'

/**
 * From its delete on a message is served without its content; after this long the content leaves the rows too. Not
 * at once: an epoch raised in between may make the delete void (R10), and then the message must be whole.
 */
const AFTER_MS = 8 * 24 * 60 * 60 * 1000
const SLICE_ROWS = 1_000

const KEY = [
  'channel_id',
  'target_epoch',
  'kind',
  'target_seq',
  'emoji',
  'user_id',
  'generation',
  'log_offset',
] as const
const FIRST: Key = ['', 0, '', 0, '', '', 0, 0]

/** Takes the content of messages that were deleted long ago out of their rows and those of their edits (R6). */
export function redactDeleted(dialect: SqlDialect): Chore {
  const text = statementTexts(dialect)
  const columns = (prefix: string) => sql.join(KEY.map((column) => sql.ref(prefix + column)))
  const slice = text(sql`
    select ${columns('effects.')}, deleting.accepted_at, target.event as message
    from effects
      left join events as deleting on effects.kind = 'delete' and ${effectCounts(false)}
        and deleting.channel_id = effects.channel_id
        and deleting.epoch = effects.by_epoch and deleting.channel_seq = effects.by_seq
      left join events as target on effects.kind = 'delete'
        and target.channel_id = effects.channel_id
        and target.epoch = effects.target_epoch and target.channel_seq = effects.target_seq
    where (${columns('effects.')}) > (${sql.join(KEY.map(() => PARAMETER))})
    order by ${columns('effects.')} limit ${sql.lit(SLICE_ROWS)}`)
  const edits = sql`channel_id = ${PARAMETER} and target_epoch = ${PARAMETER}
    and kind = 'edit' and target_seq = ${PARAMETER}`
  // each takes channel_id, epoch and number of the message
  const redact = [
    text(sql`update events set event = ${dialect.redactedEvent}
      where channel_id = ${PARAMETER} and epoch = ${PARAMETER} and channel_seq = ${PARAMETER}`),
    text(sql`update events set event = ${dialect.redactedEvent}
      where (channel_id, epoch, channel_seq) in (
        select channel_id, by_epoch, by_seq from effects where ${edits})`),
    text(sql`update effects set text = null where ${edits}`),
  ]

  return async (driver, nowMs, after = FIRST) => {
    const [answers] = await driver.query([{ sql: slice, rows: [after] }])
    const rows = answers?.[0] ?? []
    const due = rows.filter((row) => isDue(row, nowMs))
    if (due.length > 0) {
      const targets = due.map((row) => [row.channel_id, row.target_epoch, row.target_seq] as Key)
      await driver.batch(redact.map((sql): SqlStatement => ({ sql, rows: targets })))
    }
    const last = rows.at(-1)
    return last === undefined || rows.length < SLICE_ROWS
      ? undefined
      : KEY.map((column) => last[column] ?? '')
  }
}

/** A delete of long ago that counts (`accepted_at` is null otherwise), of a message that still has something to take away. */
const isDue = (row: SqlRow, nowMs: number): boolean =>
  row.kind === 'delete' &&
  row.accepted_at !== null &&
  Number(row.accepted_at) < nowMs - AFTER_MS &&
  Object.hasOwn(JSON.parse(String(row.message)) as object, 'text')
