import { sql } from 'kysely'
import type {
  LoadedChannel,
  LoadRequest,
  LoadResult,
  TargetQuery,
  TargetState,
  UnknownIds,
} from '../../../ports/message-store.js'
import { comparePositions, type Position } from '../../../stream/position.js'
import { stateBelow } from '../../../stream/state.js'
import type { SqlDialect } from '../dialect.js'
import { queryOne, type SqlDriver, type SqlRow, type SqlValue } from '../driver.js'
import { effectCounts, PARAMETER, positionOf, statementTexts } from './compile.js'
import { changeIn, idRowIn, positionIn, stateIn } from './rows.js'

/** Rows that are read at a time while a channel is walked down to the last one below (R2). */
const WALK_ROWS = 500

export type LoadStatements = ReturnType<typeof loadStatements>

/** Every statement of `load`, with its parameters in the order of their comment. */
export function loadStatements(dialect: SqlDialect) {
  const text = statementTexts(dialect)
  const target = (kind: string) =>
    sql`channel_id = ${PARAMETER} and target_epoch = ${PARAMETER} and kind = ${sql.lit(kind)} and target_seq = ${PARAMETER}`
  return {
    /** channel_id */
    head: text(sql`select * from heads where channel_id = ${PARAMETER}`),
    /** client_msg_id, channel_id, user_id, generation, offset: the highest below. */
    idBelow: text(sql`
      select * from ids
      where client_msg_id = ${PARAMETER} and channel_id = ${PARAMETER} and user_id = ${PARAMETER}
        and ${positionOf('ids')} < (${PARAMETER}, ${PARAMETER})
      order by generation desc, log_offset desc limit 1`),
    /** channel_id */
    changes: text(sql`
      select * from state_changes where channel_id = ${PARAMETER} order by generation, log_offset`),
    /** channel_id, epoch, number: the rows up to there, newest first. */
    rowsDown: text(sql`
      select epoch, channel_seq, message_count, generation, log_partition, log_offset from events
      where channel_id = ${PARAMETER} and (epoch, channel_seq) <= (${PARAMETER}, ${PARAMETER})
      order by epoch desc, channel_seq desc limit ${sql.lit(WALK_ROWS)}`),
    /** channel_id, epoch, number */
    row: text(sql`
      select is_message, message_count, ${dialect.eventField('message_id')} as message_id,
        ${dialect.eventField('user_id')} as user_id
      from events
      where channel_id = ${PARAMETER} and epoch = ${PARAMETER} and channel_seq = ${PARAMETER}`),
    /** Target's channel_id, epoch and number, then generation and offset below which epochs count. */
    deletedAt: text(sql`
      select generation, log_partition, log_offset from effects
      where ${target('delete')} and emoji = '' and user_id = '' and ${effectCounts(true)}
      order by generation, log_offset limit 1`),
    /** The same, with emoji, user_id, generation and offset before the last two. */
    reaction: text(sql`
      select present from effects
      where ${target('reaction')} and emoji = ${PARAMETER} and user_id = ${PARAMETER}
        and ${positionOf('effects')} < (${PARAMETER}, ${PARAMETER}) and ${effectCounts(true)}
      order by generation desc, log_offset desc limit 1`),
  }
}

/** All that the fold of a batch needs: one crossing, unless rows at or above the position are stored (R2). */
export async function load(
  driver: SqlDriver,
  statements: LoadStatements,
  request: LoadRequest,
): Promise<LoadResult> {
  const { below, channels, ids, targets } = request
  const position = [below.generation, below.offset]
  const keys = targets.map(({ key }) => [key.channelId, key.epoch, key.channelSeq])
  const [heads = [], idRows = [], rows = [], deletes = [], reactions = []] = await driver.query([
    { sql: statements.head, rows: channels.map((channelId) => [channelId]) },
    {
      sql: statements.idBelow,
      rows: idParamsBelow(request),
    },
    { sql: statements.row, rows: keys },
    { sql: statements.deletedAt, rows: keys.map((key) => [...key, ...position]) },
    { sql: statements.reaction, rows: targets.map((query) => reactionParams(query, position)) },
  ])
  return {
    channels: await Promise.all(
      channels.map((channelId, i) =>
        loadChannel(driver, statements, channelId, heads[i]?.[0], below),
      ),
    ),
    ids: ids.map((_, i) => {
      const row = idRows[i]?.[0]
      return row && idRowIn(row)
    }),
    targets: targets.map((_, i) => targetIn(rows[i]?.[0], deletes[i]?.[0], reactions[i]?.[0])),
  }
}

/** The parameters that ask for ids below a position. */
export const idParamsBelow = ({ below, ids }: UnknownIds): readonly SqlValue[][] =>
  ids.map((id) => [id.clientMsgId, id.channelId, id.userId, below.generation, below.offset])

function reactionParams({ key, reaction }: TargetQuery, position: readonly number[]): SqlValue[] {
  // no stored reaction has an empty emoji: without a question there is no answer
  const { emoji, userId } = reaction ?? { emoji: '', userId: '' }
  return [key.channelId, key.epoch, key.channelSeq, emoji, userId, ...position, ...position]
}

function targetIn(
  row: SqlRow | undefined,
  deleted: SqlRow | undefined,
  reaction: SqlRow | undefined,
): TargetState | undefined {
  if (row === undefined) return undefined
  return {
    messageId: row.is_message === 1 ? String(row.message_id) : '',
    userId: String(row.user_id ?? ''),
    messageCount: Number(row.message_count),
    deletedAt: deleted && positionIn(deleted),
    reactionPresent: reaction?.present === 1,
  }
}

async function loadChannel(
  driver: SqlDriver,
  statements: LoadStatements,
  channelId: string,
  head: SqlRow | undefined,
  below: Position,
): Promise<LoadedChannel> {
  if (head === undefined) return { state: undefined, stored: undefined, above: [] }
  const state = stateIn(head)
  if (comparePositions(state.position, below) < 0) {
    return { state, stored: state.position, above: [] }
  }
  const changes = (await queryOne(driver, statements.changes, [channelId])).map(changeIn)
  const above: LoadedChannel['above'][number][] = []
  const last = await walkDown(driver, statements, channelId, below, (row) => above.push(row))
  return {
    state: stateBelow(
      last,
      changes.filter((change) => comparePositions(change.position, below) < 0),
    ),
    stored: state.position,
    above,
  }
}

/** Tells of every row at or above, and returns the first one below. */
async function walkDown(
  driver: SqlDriver,
  statements: LoadStatements,
  channelId: string,
  below: Position,
  onAbove: (row: LoadedChannel['above'][number]) => void,
) {
  let from: [epoch: number, seq: number] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  for (;;) {
    const rows = await queryOne(driver, statements.rowsDown, [channelId, ...from])
    for (const row of rows) {
      const key = { epoch: Number(row.epoch), channelSeq: Number(row.channel_seq) }
      const position = positionIn(row)
      if (comparePositions(position, below) < 0) {
        return { ...key, position, messageCount: Number(row.message_count) }
      }
      onAbove({ ...key, position })
      from = [key.epoch, key.channelSeq - 1]
    }
    if (rows.length < WALK_ROWS) return undefined
  }
}
