import type { ChannelRun, StoreBatch } from '../../../ports/message-store.js'
import { comparePositions } from '../../../stream/position.js'
import type { SqlStatement, SqlValue } from '../driver.js'
import { idParamsBelow } from './load.js'
import { changeRecord, effectRecord, eventRecord, headRecord, idRecord } from './rows.js'
import {
  changeParams,
  effectParams,
  eventParams,
  headParams,
  idParams,
  type WriteStatements,
} from './write-statements.js'

type Rows = (readonly SqlValue[])[]

/**
 * A batch as one transaction (R6): first that this generation still owns the store and that every channel
 * stands where the fold thought it did, then everything under its own position (I5).
 */
export function statementsOf(batch: StoreBatch, sql: WriteStatements): readonly SqlStatement[] {
  const heads = { insert: [] as Rows, advance: [] as Rows, check: [] as Rows }
  const events: Rows = []
  const changes: Rows = []
  const effects: Rows = []
  // two that write the same channels at once lock them in the same order
  for (const run of [...batch.runs].sort(byChannel)) headOf(run, heads)
  for (const run of batch.runs) {
    // rows of a channel lie side by side, so a run touches few pages
    for (const row of run.rows) events.push(eventParams(eventRecord(row)))
    for (const change of run.changes)
      changes.push(changeParams(changeRecord(run.channelId, change)))
    for (const effect of run.effects) effects.push(effectParams(effectRecord(effect)))
  }
  const statements: SqlStatement[] = [
    { sql: sql.checkGeneration, rows: [[String(batch.generation)]], expect: 'row' },
    { sql: sql.insertHead, rows: heads.insert, expect: 'change' },
    { sql: sql.advanceHead, rows: heads.advance, expect: 'change' },
    { sql: sql.checkHead, rows: heads.check, expect: 'row' },
    // behind the heads: whoever else writes these channels has written, or waits
    {
      sql: sql.checkUnknown,
      rows: batch.unknown ? idParamsBelow(batch.unknown) : [],
      expect: 'row',
    },
    { sql: sql.insertEvent, rows: events, expect: 'change' },
    { sql: sql.insertChange, rows: changes },
    { sql: sql.insertEffect, rows: effects },
    { sql: sql.insertId, rows: batch.ids.map((row) => idParams(idRecord(row))) },
  ]
  return statements.filter((statement) => statement.rows.length > 0)
}

const byChannel = (one: ChannelRun, other: ChannelRun): number =>
  one.channelId < other.channelId ? -1 : Number(one.channelId > other.channelId)

function headOf(
  { channelId, expected, state }: ChannelRun,
  heads: { readonly insert: Rows; readonly advance: Rows; readonly check: Rows },
): void {
  const row = headParams(headRecord(channelId, state))
  if (expected === undefined) {
    heads.insert.push(row)
    return
  }
  const { generation, offset } = expected
  if (comparePositions(state.position, expected) > 0) {
    const { position } = state
    const where = [channelId, generation, offset, position.generation, position.offset]
    heads.advance.push([...row.slice(1), ...where])
    return
  }
  // folded again below what is stored already: the channel stays where it stands (R2)
  heads.check.push([channelId, generation, offset])
}
