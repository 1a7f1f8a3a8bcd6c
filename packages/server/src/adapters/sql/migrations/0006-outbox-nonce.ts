import type { Kysely } from 'kysely'
import type { SqlDialect } from '../dialect.js'
import type { Tables } from '../schema.js'

/** What is in the outbox already may be in the stream already, under the id that it has: it gets no nonce (I3). */
export async function up(db: Kysely<Tables>, { text }: SqlDialect): Promise<void> {
  await db.schema.alterTable('outbox').addColumn('nonce', text).execute()
}
