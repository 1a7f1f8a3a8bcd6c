import { randomBytes } from 'node:crypto'
import driver from 'cassandra-driver'
import { expect, vi } from 'vitest'
import { createCassandraMessageStore } from '../../../packages/server/src/adapters/cassandra/message-store.js'
import type { KeyspacePlace } from './installation.js'

const REQUEST_TIMEOUT_MS = 30_000
/** Rows that are put back at once. */
const ROWS_AT_ONCE = 50

interface Table {
  readonly name: string
  readonly columns: readonly string[]
  /** The one column that is no key: each row of ours holds one cell. */
  readonly cell: string
}

/** A copy of a keyspace in memory: rows, each with the write time of its cell last. */
export type KeyspaceCopy = readonly (Table & { readonly rows: readonly (readonly unknown[])[] })[]

/** Copies every table, as its rows are when it is their turn. */
export async function backupKeyspace(at: KeyspacePlace): Promise<KeyspaceCopy> {
  const { keyspace } = at
  return withClient(at, async (client) => {
    const copied = []
    for (const table of await tablesOf(client, keyspace)) {
      const { name, columns, cell } = table
      const rows: unknown[][] = []
      const all = await client.execute(
        `SELECT ${columns.join(', ')}, writetime(${cell}) AS written FROM ${keyspace}.${name}`,
      )
      for await (const row of all) rows.push([...columns, 'written'].map((column) => row[column]))
      copied.push({ ...table, rows })
    }
    return copied
  })
}

/** Puts the copy in place of what the tables hold; ids get a new time to live, longer than any test. */
export async function restoreKeyspace(at: KeyspacePlace, copy: KeyspaceCopy): Promise<void> {
  const { keyspace } = at
  await withClient(at, async (client) => {
    for (const { name, columns, rows } of copy) {
      await client.execute(`TRUNCATE ${keyspace}.${name}`)
      const insert = `INSERT INTO ${keyspace}.${name} (${columns.join(', ')})
        VALUES (${columns.map(() => '?').join(', ')}) USING TIMESTAMP ?`
      for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
        const some = rows.slice(from, from + ROWS_AT_ONCE)
        await Promise.all(some.map((row) => client.execute(insert, [...row], { prepare: true })))
      }
    }
  })
}

/** Makes a keyspace and its tables, which takes seconds; resolves to its name. */
export async function makeKeyspace(cassandra: KeyspacePlace['cassandra']): Promise<string> {
  const keyspace = `e2e${randomBytes(6).toString('hex')}`
  const { contactPoints, port, localDataCenter } = cassandra
  const store = await createCassandraMessageStore({
    contactPoints,
    port,
    localDataCenter,
    keyspace,
    createKeyspace: true,
    replicationFactor: 1,
    allowUnsafeReplication: true,
  })
  await store.close()
  return keyspace
}

/** Takes everything that was said; the tables stay. */
export async function emptyKeyspace(at: KeyspacePlace): Promise<void> {
  const { keyspace } = at
  await withClient(at, async (client) => {
    for (const { name } of await tablesOf(client, keyspace)) {
      await client.execute(`TRUNCATE ${keyspace}.${name}`)
    }
  })
}

/** Resolves when no channel is in its first epoch any more. */
export async function untilHeadsInNewEpochs(at: KeyspacePlace): Promise<void> {
  const { keyspace } = at
  await withClient(at, (client) =>
    vi.waitFor(
      async () => {
        const { rows } = await client.execute(`SELECT head FROM ${keyspace}.heads`)
        const epochs = rows.map(({ head }) => (JSON.parse(String(head)) as { epoch: number }).epoch)
        expect(epochs.filter((epoch) => epoch === 1)).toEqual([])
      },
      { timeout: 30_000, interval: 50 },
    ),
  )
}

/** Every stored event of a keyspace, read past the product. */
export async function eventsOf(at: KeyspacePlace): Promise<readonly object[]> {
  const { keyspace } = at
  return withClient(at, async (client) => {
    const rows: object[] = []
    const all = await client.execute(
      `SELECT channel_id, epoch, channel_seq, event FROM ${keyspace}.events`,
    )
    for await (const row of all) rows.push(row)
    return rows
  })
}

/** The tables that hold what was said; what the installation says of itself is no part of a backup. */
async function tablesOf(client: driver.Client, keyspace: string): Promise<readonly Table[]> {
  const { rows } = await client.execute(
    'SELECT table_name, column_name, kind FROM system_schema.columns WHERE keyspace_name = ?',
    [keyspace],
    { prepare: true },
  )
  const names = [...new Set(rows.map((row) => String(row.table_name)))]
  return names
    .filter((name) => name !== 'installation')
    .map((name) => {
      const own = rows.filter((row) => row.table_name === name)
      const cells = own.filter(({ kind }) => kind === 'regular')
      const [cell] = cells
      if (cell === undefined || cells.length > 1) throw new Error(`${name} has not one cell`)
      return {
        name,
        columns: own.map((row) => String(row.column_name)),
        cell: String(cell.column_name),
      }
    })
}

async function withClient<T>(
  { cassandra: { contactPoints, port, localDataCenter } }: KeyspacePlace,
  run: (client: driver.Client) => Promise<T>,
): Promise<T> {
  const client = new driver.Client({
    contactPoints: [...contactPoints],
    localDataCenter,
    protocolOptions: { port },
    encoding: { useBigIntAsLong: true },
    socketOptions: { readTimeout: REQUEST_TIMEOUT_MS },
  })
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.shutdown()
  }
}
