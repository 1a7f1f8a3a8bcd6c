import type { Kysely } from 'kysely'
import type { Tables } from '../schema.js'

/** The outbox is read channel by channel, so that what waits in one is not in the way of the others (R15). */
export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema
    .createIndex('outbox_by_channel')
    .on('outbox')
    .columns(['channel_id', 'entry_id'])
    .execute()
}
