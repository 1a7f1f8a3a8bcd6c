import pg from 'pg'
import { expect, vi } from 'vitest'
import type { Installation } from './installation.js'

/** Copies every table of the installation's schema, all as of one moment, into a schema of this name. */
export async function backupDatabase(installation: Installation, name: string): Promise<void> {
  await withClient(installation, async (client) => {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await client.query(`CREATE SCHEMA "${name}"`)
    for (const table of await tablesOf(client, installation.schema)) {
      await client.query(
        `CREATE TABLE "${name}"."${table}" AS TABLE "${installation.schema}"."${table}"`,
      )
    }
    await client.query('COMMIT')
  })
}

/** Puts the copy in place of what the tables hold. */
export async function restoreDatabase(installation: Installation, name: string): Promise<void> {
  const { schema } = installation
  await withClient(installation, async (client) => {
    await client.query('BEGIN')
    const tables = await tablesOf(client, name)
    await client.query(`TRUNCATE ${tables.map((table) => `"${schema}"."${table}"`).join(', ')}`)
    // rows come in whatever order; what refers to what holds in the whole
    await client.query(`SET LOCAL session_replication_role = replica`)
    for (const table of tables) {
      await client.query(
        `INSERT INTO "${schema}"."${table}" OVERRIDING SYSTEM VALUE TABLE "${name}"."${table}"`,
      )
    }
    await client.query('COMMIT')
  })
}

/** Resolves when no channel is in its first epoch any more. */
export async function untilInNewEpochs(installation: Installation): Promise<void> {
  await withClient(installation, (client) =>
    vi.waitFor(
      async () => {
        const first = `SELECT channel_id FROM "${installation.schema}".heads WHERE epoch = 1`
        expect((await client.query(first)).rows).toEqual([])
      },
      { timeout: 30_000, interval: 50 },
    ),
  )
}

async function tablesOf(client: pg.Client, schema: string): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = $1 AND table_type = 'BASE TABLE' ORDER BY 1`,
    [schema],
  )
  return rows.map(({ name }) => name)
}

async function withClient(
  { postgresUrl }: Installation,
  run: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl })
  await client.connect()
  try {
    await run(client)
  } finally {
    await client.end()
  }
}
