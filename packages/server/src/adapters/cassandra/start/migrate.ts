import type { Client } from 'cassandra-driver'
import { BUCKET_SIZE } from '../../../stream/event.js'
import type { CassandraStoreSettings } from '../options.js'
import { keepingStatements, SCHEMA_VERSION, tableStatements } from '../schema.js'
import { installationTable, makeInstallationTable, type StillHeld, withSchemaLock } from './lock.js'
import { alter, applied, isMissing, query } from './query.js'
import { CassandraRefused } from './refused.js'

/** By the version that they lead to; each statement may be run again after a stop anywhere. */
const MIGRATIONS: Readonly<Record<number, (keyspace: string) => readonly string[]>> = {
  1: tableStatements,
  2: keepingStatements,
}

/** Brings the tables to this version, one process at a time, and compares what is fixed for an installation (R11). */
export async function migrate(client: Client, settings: CassandraStoreSettings): Promise<void> {
  const { keyspace } = settings
  const version = await schemaVersion(client, settings)
  if (version > SCHEMA_VERSION) throw newer(keyspace, version)
  if (version < SCHEMA_VERSION) {
    if (!settings.migrate) {
      throw new CassandraRefused(
        'migrate',
        `the tables of ${keyspace} have version ${version}, this software needs ${SCHEMA_VERSION}.`,
        'Set it to true for one start.',
      )
    }
    await makeInstallationTable(client, settings)
    const done = async () => (await schemaVersion(client, settings)) >= SCHEMA_VERSION
    await withSchemaLock(client, settings, done, (held) => migrateLocked(client, settings, held))
  }
  await checkBucketSize(client, settings)
}

async function migrateLocked(
  client: Client,
  settings: CassandraStoreSettings,
  stillHeld: StillHeld,
): Promise<void> {
  const { keyspace, environment } = settings
  const before = await schemaVersion(client, settings)
  for (let version = before + 1; version <= SCHEMA_VERSION; version++) {
    for (const statement of MIGRATIONS[version]?.(keyspace) ?? []) {
      await stillHeld()
      await alter(client, environment, statement)
    }
    await stillHeld()
    const previous = version === 1 ? null : String(version - 1)
    const set = await applied(
      client,
      environment,
      `UPDATE ${installationTable(keyspace)} SET value = ? WHERE name = 'schema_version' IF value = ?`,
      [String(version), previous],
    )
    if (!set.applied && set.value !== String(version)) {
      throw new Error('Another process changed the version of the tables.')
    }
  }
}

/** 0 before the first. */
async function schemaVersion(client: Client, settings: CassandraStoreSettings): Promise<number> {
  return Number((await installed(client, settings, 'schema_version')) ?? 0)
}

/**
 * Asked of the table itself: a table that is being made by somebody else stands in the schema before it can be
 * read.
 */
async function installed(
  client: Client,
  { keyspace, environment }: CassandraStoreSettings,
  name: string,
): Promise<string | undefined> {
  try {
    const rows = await query(
      client,
      environment,
      `SELECT value FROM ${installationTable(keyspace)} WHERE name = ?`,
      [name],
    )
    return rows[0] && String(rows[0].value)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Rows lie where their numbers say: with another size none of them would be found. */
async function checkBucketSize(client: Client, settings: CassandraStoreSettings): Promise<void> {
  const { keyspace, environment } = settings
  let stored = await installed(client, settings, 'bucket_size')
  if (stored === undefined) {
    const first = await applied(
      client,
      environment,
      `INSERT INTO ${installationTable(keyspace)} (name, value) VALUES ('bucket_size', ?) IF NOT EXISTS`,
      [String(BUCKET_SIZE)],
    )
    stored = first.applied ? String(BUCKET_SIZE) : first.value
  }
  if (stored === String(BUCKET_SIZE)) return
  throw new CassandraRefused(
    'keyspace',
    `${keyspace} was laid out with ${stored} events per bucket, this software uses ${BUCKET_SIZE}.`,
    'Use the software that laid it out, or another keyspace.',
  )
}

const newer = (keyspace: string, version: number): CassandraRefused =>
  new CassandraRefused(
    'keyspace',
    `the tables of ${keyspace} have version ${version}, this software knows ${SCHEMA_VERSION}.`,
    'Start a newer version of it.',
  )
