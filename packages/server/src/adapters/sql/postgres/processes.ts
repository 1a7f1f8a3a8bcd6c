import type { Processes } from '../../../ports/processes.js'
import { queryOne, type SqlDriver } from '../driver.js'

export interface PostgresProcessesOptions {
  /** How long a lease lasts without a renewal. @default 15,000 */
  readonly leaseMs?: number
}

const PREFIX = 'process_'
const NOW_MS = '(extract(epoch from clock_timestamp()) * 1000)::bigint'
const ENDS_MS = "split_part(value, ' ', 1)::bigint"

const RENEW = `INSERT INTO meta (key, value) VALUES (?, (${NOW_MS} + ?)::text || ' ' || ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value`
const LEAVE = 'DELETE FROM meta WHERE key = ?'
/** What ended long ago is of no interest to anybody. */
const FORGET = `DELETE FROM meta WHERE key LIKE '${PREFIX}%' AND ${ENDS_MS} + ? < ${NOW_MS}`
const LIST = `SELECT key, value FROM meta WHERE key LIKE '${PREFIX}%' AND ${ENDS_MS} > ${NOW_MS}`

/**
 * The processes of the cluster among the database's own notes, their leases on the server's clock (R13). A list is
 * always complete: what the server has confirmed, it keeps. Behind a fail-over that may forget, give no lease here.
 */
export function createPostgresProcesses(
  driver: Pick<SqlDriver, 'query' | 'batch'>,
  { leaseMs = 15_000 }: PostgresProcessesOptions = {},
): Processes {
  let hasForgotten = false
  return {
    async renew({ processId, address }) {
      await driver.batch([{ sql: RENEW, rows: [[PREFIX + processId, leaseMs, address]] }])
      if (!hasForgotten) {
        hasForgotten = true
        await driver.batch([{ sql: FORGET, rows: [[10 * leaseMs]] }])
      }
      return { leaseMs }
    },
    async leave(processId) {
      await driver.batch([{ sql: LEAVE, rows: [[PREFIX + processId]] }])
    },
    async list() {
      const rows = await queryOne(driver, LIST)
      const entries = rows.map(({ key, value }) => ({
        processId: String(key).slice(PREFIX.length),
        address: String(value).slice(String(value).indexOf(' ') + 1),
      }))
      return { entries, complete: true }
    },
  }
}
