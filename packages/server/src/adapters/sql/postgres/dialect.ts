import {
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type RawBuilder,
  sql,
} from 'kysely'
import type { SqlDialect } from '../dialect.js'

/** Notifications of the outbox go over this channel of LISTEN; a payload would say nothing more. */
export const OUTBOX_CHANNEL = 'tidings_outbox'

/** Migrations run under a lock of our own, which covers the look at the schema's version too. */
class Adapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

/** The column `event` as JSON: the engine cannot say as text what holds a NUL, which no field that is asked for does. */
const event = sql`replace(event, '\\u0000', '\\u0001')`

export const postgresDialect: SqlDialect = {
  name: 'postgres',
  kysely: {
    createAdapter: () => new Adapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
  integer: 'bigint',
  // a locale's order changes with the machine's libraries, and an index with it
  text: sql`text collate "C"`,
  numbered: (column) => column.generatedAlwaysAsIdentity(),
  clustered: sql``,
  plain: sql``,
  locked: sql`for no key update`,
  steady: sql`for share`,
  notice: sql`pg_notify(${sql.lit(OUTBOX_CHANNEL)}, '')`,
  hasTable: 'select 1 as found where to_regclass($1) is not null',
  redactedEvent: sql`(${event}::jsonb - '{text,attachments,metadata}'::text[])::text`,
  eventField: (field): RawBuilder<string | null> => sql`${event}::json ->> ${sql.lit(field)}`,
}
