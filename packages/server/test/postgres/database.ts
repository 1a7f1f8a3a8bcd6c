import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import {
  type OpenPostgres,
  openPostgres,
  type PostgresOptions,
} from '../../src/adapters/sql/postgres/open.js'
import { until } from '../support/wait.js'

export interface TestDatabase {
  /** Where it is, for whoever opens it otherwise. */
  readonly url: string
  /** Opens it as a process does; whatever is still open is closed in the end. */
  open(options?: Partial<PostgresOptions>): Promise<OpenPostgres>
  /** One statement on a connection of its own, beside everything that is tested. */
  ask(text: string): Promise<readonly Record<string, unknown>[]>
  /** Resolves when so many sessions wait for what another has locked. */
  untilWaiting(sessions: number): Promise<void>
  /** Empties every table. */
  clear(): Promise<void>
  remove(): Promise<void>
}

/** A database of one test file's own on a shared server. */
export async function testDatabase(serverUrl: string): Promise<TestDatabase> {
  const name = `tidings_test_${randomBytes(6).toString('hex')}`
  const server = await clientOf(serverUrl)
  await server.query(`create database ${name} encoding 'UTF8' template template0`)
  const place = new URL(serverUrl)
  place.pathname = `/${name}`
  const url = place.href
  const beside = await clientOf(url)
  const opened: OpenPostgres[] = []
  return {
    url,
    async open(options = {}) {
      const open = await openPostgres({
        url,
        environment: nodeEnvironment,
        // the tests' server need not survive the machine
        allowUnsafe: true,
        ...options,
      })
      opened.push(open)
      return open
    },
    ask: async (text) => (await beside.query(text)).rows,
    untilWaiting: (sessions) =>
      until(`${sessions} wait for a lock`, async () => {
        const { rows } = await beside.query(WAITING)
        return rows[0]?.waiting === sessions
      }),
    async clear() {
      await beside.query(`truncate ${TABLES.map((table) => `tidings.${table}`).join(', ')}`)
    },
    async remove() {
      await Promise.all(opened.map((open) => open.close()))
      await beside.end()
      await server.query(`drop database ${name} with (force)`)
      await server.end()
    },
  }
}

async function clientOf(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  await client.connect()
  return client
}

const WAITING = `select count(*)::int as waiting from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`

const TABLES = [
  'events',
  'ids',
  'heads',
  'state_changes',
  'effects',
  'outbox',
  'receipts',
  'stored_marks',
  'members',
  'channels',
  'workspace_members',
  'workspaces',
  'users',
]
