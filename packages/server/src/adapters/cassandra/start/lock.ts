import { createHash } from 'node:crypto'
import type { Client } from 'cassandra-driver'
import type { CassandraStoreSettings } from '../options.js'
import { alter, applied, pause } from './query.js'
import { CassandraRefused } from './refused.js'

/** A process that died while it held the lock is waited for this long. */
const LOCK_TTL_S = 60
const POLL_MS = 200
const PATIENCE_MS = 5 * 60 * 1000

/** What the installation says of itself, and the lock on its schema: changed by lightweight transactions only. */
export const installationTable = (keyspace: string): string => `${keyspace}.installation`

/**
 * Two nodes that are asked to make a table at the same time make two, of which one is lost with its rows. This one is
 * given its id, so that it is the same whoever makes it; all others are made by who holds the lock in it.
 */
export async function makeInstallationTable(
  client: Client,
  { keyspace, environment }: CassandraStoreSettings,
): Promise<void> {
  await alter(
    client,
    environment,
    `CREATE TABLE IF NOT EXISTS ${installationTable(keyspace)} (name text PRIMARY KEY, value text)
     WITH id = ${idOf(installationTable(keyspace))}`,
  )
}

function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Proves before each step that the lock is still held. */
export type StillHeld = () => Promise<void>

/**
 * Does something while no other process does; or nothing, once `done` says that it is done. Waits for who holds the
 * lock, a dead one included.
 */
export async function withSchemaLock(
  client: Client,
  { keyspace, environment }: CassandraStoreSettings,
  done: () => Promise<boolean>,
  work: (stillHeld: StillHeld) => Promise<void>,
): Promise<void> {
  const table = installationTable(keyspace)
  const me = environment.randomId()
  const deadline = environment.monotonicNow() + PATIENCE_MS
  while (!(await done())) {
    const taken = await applied(
      client,
      environment,
      `INSERT INTO ${table} (name, value) VALUES ('lock', ?) IF NOT EXISTS USING TTL ?`,
      [me, LOCK_TTL_S],
    )
    if (taken.applied || taken.value === me) {
      await work(() => renew(client, environment, table, me))
      const release = `DELETE FROM ${table} WHERE name = 'lock' IF value = ?`
      await applied(client, environment, release, [me])
      return
    }
    if (environment.monotonicNow() > deadline) {
      throw new CassandraRefused(
        'keyspace',
        `another process has held the lock on the schema of ${keyspace} for ${PATIENCE_MS / 60_000} minutes.`,
        'See what it does, and start again.',
      )
    }
    await pause(environment, POLL_MS)
  }
}

async function renew(
  client: Client,
  environment: CassandraStoreSettings['environment'],
  table: string,
  me: string,
): Promise<void> {
  const renewed = await applied(
    client,
    environment,
    `UPDATE ${table} USING TTL ? SET value = ? WHERE name = 'lock' IF value = ?`,
    [LOCK_TTL_S, me, me],
  )
  if (!renewed.applied) throw new Error('The lock on the schema was lost to another process.')
}
