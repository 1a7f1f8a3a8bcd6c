import { type Migration, Migrator } from 'kysely/migration'
import { queryOne, type SqlDriver } from './driver.js'
import { kyselyOver } from './kysely.js'
import { up as first } from './migrations/0001-first.js'
import { up as ended } from './migrations/0002-ended.js'
import { up as receipts } from './migrations/0003-receipts.js'
import { up as storedMarks } from './migrations/0004-stored-marks.js'
import { up as outboxByChannel } from './migrations/0005-outbox-by-channel.js'
import { up as outboxNonce } from './migrations/0006-outbox-nonce.js'

/** In order; a name, once released, stays. */
const MIGRATIONS = {
  '0001-first': first,
  '0002-ended': ended,
  '0003-receipts': receipts,
  '0004-stored-marks': storedMarks,
  '0005-outbox-by-channel': outboxByChannel,
  '0006-outbox-nonce': outboxNonce,
} as const

/** A migration reads and writes whole tables. */
const MIGRATION_TIMEOUT_MS = 60 * 60 * 1000

/** The database was written by a version of this software that knows more than this one. */
export class SchemaNewer extends Error {
  override readonly name = 'SchemaNewer'
}

/** The names of the schema's versions that are in a database, oldest first. */
export async function appliedMigrations(driver: SqlDriver): Promise<readonly string[]> {
  const found = await queryOne(driver, driver.dialect.hasTable, ['kysely_migration'])
  if (found.length === 0) return []
  const rows = await queryOne(driver, 'SELECT name FROM kysely_migration ORDER BY name')
  return rows.map((row) => String(row.name))
}

/**
 * Brings a database to this version's schema; `schema` names where its tables lie, in an engine that has more than
 * one such place. The caller sees to it that nobody else does the same meanwhile. Rejects with SchemaNewer, having
 * changed nothing.
 */
export async function migrate(driver: SqlDriver, schema?: string): Promise<void> {
  const unknown = (await appliedMigrations(driver)).filter(
    (name) => !Object.hasOwn(MIGRATIONS, name),
  )
  if (unknown.length > 0) {
    throw new SchemaNewer(
      `the database has schema version ${unknown.at(-1)}, which is not known here`,
    )
  }
  const migrations: Record<string, Migration> = {}
  for (const [name, up] of Object.entries(MIGRATIONS)) {
    migrations[name] = { up: (db) => up(db, driver.dialect) }
  }
  const db = kyselyOver(driver, MIGRATION_TIMEOUT_MS)
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    ...(schema !== undefined && { migrationTableSchema: schema }),
  })
  const { error } = await migrator.migrateToLatest()
  if (error !== undefined) throw error
}
