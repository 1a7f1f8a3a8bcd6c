import type { Kysely } from 'kysely'
import type { SqlDialect } from '../dialect.js'
import type { Tables } from '../schema.js'

/** How far each partition of each generation of the log is stored. */
export async function up(db: Kysely<Tables>, { integer, clustered }: SqlDialect): Promise<void> {
  await db.schema
    .createTable('stored_marks')
    .addColumn('generation', integer, (column) => column.notNull())
    .addColumn('log_partition', integer, (column) => column.notNull())
    .addColumn('stored', integer, (column) => column.notNull())
    .addPrimaryKeyConstraint('stored_marks_key', ['generation', 'log_partition'])
    .modifyEnd(clustered)
    .execute()
}
