import { sql } from 'kysely'
import type { SqlDialect } from '../dialect.js'
import type { SqlValue } from '../driver.js'
import type {
  EffectsTable,
  EventsTable,
  HeadsTable,
  IdsTable,
  StateChangesTable,
} from '../schema.js'
import { PARAMETER, positionOf, statementTexts } from './compile.js'

const EVENT_COLUMNS = [
  'channel_id',
  'epoch',
  'channel_seq',
  'generation',
  'log_partition',
  'log_offset',
  'message_count',
  'is_message',
  'accepted_at',
  'event',
] as const satisfies readonly (keyof EventsTable)[]

const ID_COLUMNS = [
  'client_msg_id',
  'channel_id',
  'user_id',
  'generation',
  'log_partition',
  'log_offset',
  'accepted_at',
  'status',
  'epoch',
  'channel_seq',
  'message_id',
  'ts',
  'code',
  'message',
] as const satisfies readonly (keyof IdsTable)[]

const HEAD_COLUMNS = [
  'channel_id',
  'epoch',
  'epochs',
  'head_seq',
  'message_count',
  'oldest_seq',
  'generation',
  'log_partition',
  'log_offset',
] as const satisfies readonly (keyof HeadsTable)[]

const CHANGE_COLUMNS = [
  'channel_id',
  'generation',
  'log_offset',
  'log_partition',
  'kind',
  'epoch',
  'from_seq',
  'message_count',
  'oldest_seq',
] as const satisfies readonly (keyof StateChangesTable)[]

const EFFECT_COLUMNS = [
  'channel_id',
  'target_epoch',
  'kind',
  'target_seq',
  'emoji',
  'user_id',
  'generation',
  'log_offset',
  'log_partition',
  'by_epoch',
  'by_seq',
  'present',
  'text',
] as const satisfies readonly (keyof EffectsTable)[]

/** A row as the parameters of its insert: all columns, in one order. */
const inOrder =
  <Row extends object>(columns: readonly (keyof Row)[]) =>
  (row: Row): readonly SqlValue[] =>
    columns.map((column) => row[column] as SqlValue)

export const eventParams = inOrder<EventsTable>(EVENT_COLUMNS)
export const idParams = inOrder<IdsTable>(ID_COLUMNS)
export const headParams = inOrder<HeadsTable>(HEAD_COLUMNS)
export const changeParams = inOrder<StateChangesTable>(CHANGE_COLUMNS)
export const effectParams = inOrder<EffectsTable>(EFFECT_COLUMNS)

export type WriteStatements = ReturnType<typeof writeStatements>

/** Every statement of `write`, with its parameters in the order of their comment. */
export function writeStatements(dialect: SqlDialect) {
  const text = statementTexts(dialect)
  const values = (columns: readonly string[]) =>
    sql`(${sql.join(columns.map((column) => sql.ref(column)))}) values (${sql.join(columns.map(() => PARAMETER))})`

  return {
    /** generation: finds a row if it is still the one that owns the store (R10). */
    checkGeneration: text(
      sql`select value from meta where key = 'generation' and value = ${PARAMETER} ${dialect.steady}`,
    ),
    /** A row of `heads`. Changes one row unless the channel stands elsewhere already (R6). */
    insertHead: text(sql`
      insert into heads ${values(HEAD_COLUMNS)}
      on conflict (channel_id) do update set head_seq = excluded.head_seq
      where heads.generation = excluded.generation and heads.log_offset = excluded.log_offset`),
    /**
     * Columns of `heads` after `channel_id`, then channel_id, expected generation and offset, new generation and
     * offset. Changes one row if the channel stands where it is expected, or has this very write already.
     */
    advanceHead: text(sql`
      update heads set ${sql.join(HEAD_COLUMNS.slice(1).map((column) => sql`${sql.ref(column)} = ${PARAMETER}`))}
      where channel_id = ${PARAMETER} and (
        (generation = ${PARAMETER} and log_offset = ${PARAMETER})
        or (generation = ${PARAMETER} and log_offset = ${PARAMETER}))`),
    /** channel_id, expected generation and offset: finds a row if the channel stands there. */
    checkHead: text(sql`
      select channel_id from heads
      where channel_id = ${PARAMETER} and generation = ${PARAMETER} and log_offset = ${PARAMETER}
      ${dialect.locked}`),
    /** client_msg_id, channel_id, user_id, generation, offset: finds a row if there is none of the id below (R4). */
    checkUnknown: text(sql`
      select 1 as unknown where not exists (
        select client_msg_id from ids
        where client_msg_id = ${PARAMETER} and channel_id = ${PARAMETER} and user_id = ${PARAMETER}
          and ${positionOf('ids')} < (${PARAMETER}, ${PARAMETER}))`),
    /** A row of `events`. Changes one row unless another command has this number (R3); never what stands (I2). */
    insertEvent: text(sql`
      insert into events ${values(EVENT_COLUMNS)}
      on conflict (channel_id, epoch, channel_seq) do update set generation = excluded.generation
      where events.generation = excluded.generation and events.log_offset = excluded.log_offset`),
    /** A row of `ids`, side by side with older ones of the same id (R4). */
    insertId: text(sql`insert into ids ${values(ID_COLUMNS)} on conflict do nothing`),
    insertChange: text(
      sql`insert into state_changes ${values(CHANGE_COLUMNS)} on conflict do nothing`,
    ),
    insertEffect: text(sql`insert into effects ${values(EFFECT_COLUMNS)} on conflict do nothing`),
  }
}
