import type { Kysely } from 'kysely'
import type { Tables } from '../schema.js'

/** Why a membership ended. Of those that ended before, only bans are known. */
export async function up(db: Kysely<Tables>): Promise<void> {
  await db.schema.alterTable('members').addColumn('ended', 'text').execute()
  await db
    .updateTable('members')
    .set({ ended: 'banned' })
    .where('banned', '=', 1)
    .where('joined_no', '>', 0)
    .execute()
}
