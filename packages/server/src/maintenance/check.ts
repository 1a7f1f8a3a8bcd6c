import { nodeEnvironment } from '../adapters/node/environment.js'
import type { SqlRead, SqlRow } from '../adapters/sql/driver.js'
import { dataDirPaths, exists } from '../adapters/sql/sqlite/data-dir.js'
import { dataDirError } from '../adapters/sql/sqlite/data-dir-errors.js'
import type { ServerEnvironment } from '../ports/environment.js'
import { inWorker } from './backup.js'
import { checksAt } from './checks.js'
import { MaintenanceError } from './errors.js'

export interface Finding {
  /** What must hold and does not. */
  readonly check: string
  /** Where: the first few places, one each. */
  readonly places: readonly string[]
  /** True if there are more places than are named. */
  readonly more: boolean
}

export interface CheckReport {
  /** Empty: all is well. */
  readonly findings: readonly Finding[]
  readonly channels: number
  readonly events: number
}

/** Places named for each finding (I7). */
const PLACES_MAX = 10

/**
 * Reads all of a data folder, or of a backup, and says what in it cannot be. It changes nothing, and may be run
 * beside a running server: it sees one consistent state. Rejects with MaintenanceError when there is no data,
 * with DataDirBroken when it cannot be read at all.
 */
export async function check(
  dataDir: string,
  environment: Pick<ServerEnvironment, 'now'> = nodeEnvironment,
): Promise<CheckReport> {
  const { database } = dataDirPaths(dataDir)
  if (!(await exists(database))) {
    throw new MaintenanceError(
      'no_data',
      `There is no data in ${dataDir}.`,
      'Name the data folder of a server that has been started once, or a backup.',
    )
  }
  const all = checksAt(environment.now())
  const reads = [
    'PRAGMA integrity_check(10)',
    'PRAGMA foreign_key_check',
    'SELECT (SELECT count(*) FROM heads) AS channels, (SELECT count(*) FROM events) AS events',
    ...all.map(({ sql }) => `${sql} LIMIT ${PLACES_MAX + 1}`),
  ].map((sql): SqlRead => ({ sql, rows: [[]] }))
  try {
    const answers = await inWorker(database, (worker) => worker.call({ kind: 'query', reads }))
    const rows = answers.map((answer) => answer[0] ?? [])
    const [integrity = [], keys = [], counts = [], ...checks] = rows
    const pages = integrity.filter((row) => Object.values(row)[0] !== 'ok')
    return {
      findings: [
        ...findingOf('the file is whole', pages),
        ...findingOf('what refers to something refers to what is there', keys),
        ...all.flatMap(({ name }, i) => findingOf(name, checks[i] ?? [])),
      ],
      channels: Number(counts[0]?.channels ?? 0),
      events: Number(counts[0]?.events ?? 0),
    }
  } catch (error) {
    throw dataDirError(dataDir, error)
  }
}

const findingOf = (check: string, rows: readonly SqlRow[]): readonly Finding[] =>
  rows.length === 0
    ? []
    : [{ check, places: rows.slice(0, PLACES_MAX).map(placeOf), more: rows.length > PLACES_MAX }]

const placeOf = (row: SqlRow): string =>
  Object.entries(row)
    .map(([column, value]) => `${column} ${value}`)
    .join(', ')
