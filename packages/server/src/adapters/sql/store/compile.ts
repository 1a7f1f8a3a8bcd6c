import { DummyDriver, Kysely, type RawBuilder, sql } from 'kysely'
import type { SqlDialect } from '../dialect.js'
import type { Tables } from '../schema.js'

/** Writes a hot statement once, in the engine's own dialect; afterwards only its text is used. */
export type StatementText = (statement: RawBuilder<unknown>) => string

/** Whatever values a statement is built with stand for its parameters, in their order. */
export function statementTexts(dialect: SqlDialect): StatementText {
  const db = new Kysely<Tables>({
    dialect: { ...dialect.kysely, createDriver: () => new DummyDriver() },
  })
  return (statement) => statement.compile(db).sql
}

/** Stands for a parameter of a statement that is compiled. */
export const PARAMETER = 0

/** `(a, b)` of positions, compared as one: engines know how to walk a key by it. */
export const positionOf = (table: string) =>
  sql`(${sql.ref(`${table}.generation`)}, ${sql.ref(`${table}.log_offset`)})`

/**
 * Whether an effect counts: no later epoch started below its number (R10). `below` limits the epochs to those
 * raised below a position, given as the next two parameters.
 */
export const effectCounts = (below: boolean) => sql`not exists (
  select 1 from state_changes as later
  where later.channel_id = effects.channel_id and later.kind = 'epoch'
    and later.epoch > effects.by_epoch and later.from_seq < effects.by_seq
    ${below ? sql`and ${positionOf('later')} < (${PARAMETER}, ${PARAMETER})` : sql``}
)`
