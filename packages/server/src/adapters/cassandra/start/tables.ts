import type { Client } from 'cassandra-driver'
import type { CassandraStoreSettings } from '../options.js'
import { TABLES } from '../schema.js'
import { query } from './query.js'
import { CassandraRefused } from './refused.js'

/** The tables are as they were made, in what an operator may have changed and what messages would be lost by. */
export async function checkTables(
  client: Client,
  { keyspace, environment }: CassandraStoreSettings,
): Promise<void> {
  const rows = await query(
    client,
    environment,
    `SELECT table_name, read_repair, compaction, default_time_to_live
     FROM system_schema.tables WHERE keyspace_name = ?`,
    [keyspace],
  )
  for (const name of TABLES) {
    const row = rows.find((one) => one.table_name === name)
    if (row === undefined) {
      throw new CassandraRefused('keyspace', `${keyspace} lacks the table ${name}.`, 'Restore it.')
    }
    const strategy = (row.compaction as Readonly<Record<string, string>>).class ?? ''
    const wrong: readonly (readonly [boolean, string, string])[] = [
      [
        row.read_repair !== 'NONE',
        'repairs what is read: a head without its rows could reach a quorum.',
        "read_repair = 'NONE'",
      ],
      [
        strategy.endsWith('.TimeWindowCompactionStrategy'),
        'is compacted by time, but its write times are positions in the log.',
        "compaction = {'class': 'UnifiedCompactionStrategy'}",
      ],
      [Number(row.default_time_to_live) > 0, 'lets rows expire.', 'default_time_to_live = 0'],
    ]
    for (const [isWrong, problem, remedy] of wrong) {
      if (!isWrong) continue
      throw new CassandraRefused(
        'keyspace',
        `table ${name} of ${keyspace} ${problem}`,
        `ALTER TABLE ${keyspace}.${name} WITH ${remedy};`,
      )
    }
  }
}
