/** Raised with every change of the tables. */
export const SCHEMA_VERSION = 2

/** Position in the clustering key: two commands at one number become two visible rows, never an overwrite (R6). */
const POSITION = 'generation int, log_offset bigint, log_partition int'
const BY_POSITION = 'generation, log_offset, log_partition'
const NEWEST_FIRST = 'generation DESC, log_offset DESC, log_partition DESC'

/**
 * Not by time windows: write times are log positions. A repaired head without its rows would reach a quorum, so
 * nothing is repaired by reading.
 */
const COMMON = `compaction = {'class': 'UnifiedCompactionStrategy'} AND read_repair = 'NONE'`

/**
 * The tables, in which every row holds one cell: it is there or it is not, and none is ever replaced but a head. One
 * partition holds one bucket of one epoch of a channel, and is bounded whatever the traffic.
 */
export function tableStatements(keyspace: string): readonly string[] {
  const inBucket = (table: string, cell: string) => `
    CREATE TABLE IF NOT EXISTS ${keyspace}.${table} (
      channel_id text, epoch int, bucket int, channel_seq bigint, ${POSITION}, ${cell} text,
      PRIMARY KEY ((channel_id, epoch, bucket), channel_seq, ${BY_POSITION})
    ) WITH CLUSTERING ORDER BY (channel_seq DESC, ${NEWEST_FIRST}) AND ${COMMON}`
  const byPosition = (table: string, key: string, cell: string) => `
    CREATE TABLE IF NOT EXISTS ${keyspace}.${table} (
      ${key} text, ${POSITION}, ${cell} text, PRIMARY KEY (${key}, ${BY_POSITION})
    ) WITH CLUSTERING ORDER BY (${NEWEST_FIRST}) AND ${COMMON}`
  return [
    inBucket('events', 'event'),
    // by the number of the message that they change, in the partition of that message
    inBucket('effects', 'effect'),
    // where the buckets of a channel begin, but the first
    byPosition('pointers', 'channel_id', 'pointer'),
    byPosition('changes', 'channel_id', 'change'),
    // rows of one id stand side by side, by position
    `CREATE TABLE IF NOT EXISTS ${keyspace}.ids (
      slot text, id text, ${POSITION}, result text, PRIMARY KEY (slot, id, ${BY_POSITION})
    ) WITH CLUSTERING ORDER BY (id ASC, ${NEWEST_FIRST}) AND ${COMMON}`,
    `CREATE TABLE IF NOT EXISTS ${keyspace}.heads (
      channel_id text PRIMARY KEY, head text
    ) WITH ${COMMON}`,
  ]
}

/** Since version 2. */
export const keepingStatements = (keyspace: string): readonly string[] => [
  // how far each partition of the log is stored
  `CREATE TABLE IF NOT EXISTS ${keyspace}.marks (
      generation int, log_partition int, mark bigint, PRIMARY KEY ((generation, log_partition))
    ) WITH ${COMMON}`,
  // which messages were deleted, by day: their content is taken out of their rows later
  `CREATE TABLE IF NOT EXISTS ${keyspace}.deletions (
      slot text, channel_id text, epoch int, channel_seq bigint, ${POSITION}, deletion text,
      PRIMARY KEY (slot, channel_id, epoch, channel_seq, ${BY_POSITION})
    ) WITH ${COMMON}`,
  // up to which day that was done
  `CREATE TABLE IF NOT EXISTS ${keyspace}.chores (name text PRIMARY KEY, done bigint) WITH ${COMMON}`,
]

export const TABLES = [
  'events',
  'effects',
  'pointers',
  'changes',
  'ids',
  'heads',
  'marks',
  'deletions',
  'chores',
] as const
