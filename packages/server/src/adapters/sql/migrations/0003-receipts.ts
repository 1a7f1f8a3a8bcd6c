import type { Kysely } from 'kysely'
import type { SqlDialect } from '../dialect.js'
import type { Tables } from '../schema.js'

/** How far each user has read, and got, each channel. Number 0: nothing yet. */
export async function up(db: Kysely<Tables>, dialect: SqlDialect): Promise<void> {
  const { integer, text, clustered } = dialect
  await db.schema
    .createTable('receipts')
    .addColumn('user_id', text, (column) => column.notNull())
    .addColumn('channel_id', text, (column) => column.notNull())
    .addColumn('read_epoch', integer, (column) => column.notNull().defaultTo(0))
    .addColumn('read_seq', integer, (column) => column.notNull().defaultTo(0))
    .addColumn('read_count', integer, (column) => column.notNull().defaultTo(0))
    .addColumn('delivered_epoch', integer, (column) => column.notNull().defaultTo(0))
    .addColumn('delivered_seq', integer, (column) => column.notNull().defaultTo(0))
    .addColumn('delivered_count', integer, (column) => column.notNull().defaultTo(0))
    // a hello asks for all of one user
    .addPrimaryKeyConstraint('receipts_key', ['user_id', 'channel_id'])
    .modifyEnd(clustered)
    .execute()
  await db.schema
    .createIndex('receipts_by_channel')
    .on('receipts')
    .columns(['channel_id', 'user_id'])
    .execute()
}
