import { StampedStatement } from './session/stamped.js'

export type Statements = ReturnType<typeof statementsOf>

/** Every statement of the store, once; each is prepared when it is first used. Values in the order of their comment. */
export function statementsOf(keyspace: string) {
  const position = 'generation, log_offset, log_partition'
  const insert = (table: string, columns: readonly string[], using = 'USING TIMESTAMP ?') =>
    new StampedStatement(
      `INSERT INTO ${keyspace}.${table} (${columns.join(', ')})
       VALUES (${columns.map(() => '?').join(', ')}) ${using}`,
    )
  const inBucket = ['channel_id', 'epoch', 'bucket', 'channel_seq', ...position.split(', ')]
  const byPosition = (key: string) => [key, ...position.split(', ')]
  const bucket = 'channel_id = ? AND epoch = ? AND bucket = ?'
  const inRange = (table: string, cell: string) =>
    `SELECT channel_seq, ${position}, ${cell} FROM ${keyspace}.${table}
     WHERE ${bucket} AND channel_seq >= ? AND channel_seq <= ?`
  return {
    /** channel_id, epoch, bucket, channel_seq, position, cell */
    insertEvent: insert('events', [...inBucket, 'event']),
    insertEffect: insert('effects', [...inBucket, 'effect']),
    /** channel_id, position, cell */
    insertPointer: insert('pointers', [...byPosition('channel_id'), 'pointer']),
    insertChange: insert('changes', [...byPosition('channel_id'), 'change']),
    /** slot, id, position, cell, seconds to live */
    insertId: insert('ids', ['slot', ...byPosition('id'), 'result'], 'USING TTL ? AND TIMESTAMP ?'),
    /** channel_id, cell */
    insertHead: insert('heads', ['channel_id', 'head']),
    /** generation, log_partition, mark */
    insertMark: insert('marks', ['generation', 'log_partition', 'mark']),
    /** slot, channel_id, epoch, channel_seq, position, cell */
    insertDeletion: insert('deletions', [
      'slot',
      'channel_id',
      'epoch',
      'channel_seq',
      ...position.split(', '),
      'deletion',
    ]),
    /** name, day */
    insertChore: insert('chores', ['name', 'done']),

    /** channel_ids */
    heads: `SELECT channel_id, head FROM ${keyspace}.heads WHERE channel_id IN ?`,
    /** channel_id, epoch, bucket, first and last number: newest first. */
    events: inRange('events', 'event'),
    effects: inRange('effects', 'effect'),
    /** channel_id, epoch, bucket, most rows: newest first. */
    lastEvents: `SELECT channel_seq, ${position}, event FROM ${keyspace}.events WHERE ${bucket} LIMIT ?`,
    /** channel_id, most rows: newest first. */
    pointers: `SELECT ${position}, pointer FROM ${keyspace}.pointers WHERE channel_id = ? LIMIT ?`,
    /** channel_id: newest first. */
    changes: `SELECT ${position}, change FROM ${keyspace}.changes WHERE channel_id = ?`,
    /** generation, log_partition */
    mark: `SELECT mark FROM ${keyspace}.marks WHERE generation = ? AND log_partition = ?`,
    /** slot */
    deletions: `SELECT channel_id, epoch, channel_seq, ${position}, deletion FROM ${keyspace}.deletions WHERE slot = ?`,
    /** name */
    chore: `SELECT done FROM ${keyspace}.chores WHERE name = ?`,
    /** slots, ids: every row of every id in any of the slots, newest first. */
    ids: `SELECT slot, id, ${position}, result FROM ${keyspace}.ids WHERE slot IN ? AND id IN ?`,
    /** slots, most rows of each. */
    idWindows: `SELECT slot, id, ${position}, result FROM ${keyspace}.ids WHERE slot IN ? PER PARTITION LIMIT ?`,
  }
}

/** The text of each. */
export const textsOf = (statements: Statements): readonly string[] =>
  Object.values(statements).map((one) => (typeof one === 'string' ? one : one.cql))
