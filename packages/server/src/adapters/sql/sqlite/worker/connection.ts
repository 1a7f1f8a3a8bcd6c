import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { SqlAnswers, SqlOutcome, SqlQuery, SqlRead, SqlRow, SqlValue } from '../../driver.js'
import type { WorkerReport, WorkerSettings } from '../messages.js'

/** Bounds the prepared statements (I7): the hot ones are few, lists of many lengths make many. */
const STATEMENTS_KEPT = 256

export interface Connection {
  readonly report: WorkerReport
  /** Prepared once, then kept. */
  statement(sql: string): StatementSync
  /** All answers from one snapshot. */
  query(reads: readonly SqlRead[]): SqlAnswers
  execute(query: SqlQuery, wants: 'rows' | 'changes'): SqlOutcome
  /** Writes a compact copy of one consistent state into a file that is not there yet. */
  copyTo(file: string): void
  close(): void
}

export function openConnection(settings: WorkerSettings & { file: string }): Connection {
  const database = new DatabaseSync(settings.file)
  const pragma = (name: string): string | number => {
    const row = database.prepare(`PRAGMA ${name}`).get() ?? {}
    return (Object.values(row)[0] ?? '') as string | number
  }

  database.exec('PRAGMA busy_timeout = 5000')
  if (settings.role === 'writer') database.exec('PRAGMA journal_mode = WAL')
  database.exec('PRAGMA synchronous = FULL')
  database.exec('PRAGMA foreign_keys = ON')
  database.exec('PRAGMA trusted_schema = OFF')
  database.exec('PRAGMA temp_store = MEMORY')
  // what is taken out of a row is overwritten on the page, which is written anyway
  database.exec('PRAGMA secure_delete = FAST')
  database.exec('PRAGMA cache_size = -32768')
  database.exec('PRAGMA wal_autocheckpoint = 4000')
  database.exec('PRAGMA journal_size_limit = 67108864')
  if (settings.role === 'reader') database.exec('PRAGMA query_only = ON')

  const statements = new Map<string, StatementSync>()
  function statement(sql: string): StatementSync {
    const known = statements.get(sql)
    if (known !== undefined) return known
    if (statements.size >= STATEMENTS_KEPT) {
      const oldest = statements.keys().next().value
      if (oldest !== undefined) statements.delete(oldest)
    }
    const prepared = database.prepare(sql)
    statements.set(sql, prepared)
    return prepared
  }

  const all = (sql: string, params: readonly SqlValue[]): readonly SqlRow[] =>
    statement(sql).all(...params) as unknown as readonly SqlRow[]
  const read = ({ sql, rows }: SqlRead) => rows.map((params) => all(sql, params))

  return {
    report: {
      synchronous: Number(pragma('synchronous')),
      journalMode: String(pragma('journal_mode')),
      sqliteVersion: String(
        Object.values(database.prepare('SELECT sqlite_version()').get() ?? {})[0],
      ),
    },
    statement,
    query(reads) {
      statement('BEGIN').run()
      try {
        return reads.map(read)
      } finally {
        statement('COMMIT').run()
      }
    },
    execute(query, wants) {
      if (wants === 'rows') return { rows: all(query.sql, query.params), changes: 0 }
      return { rows: [], changes: Number(statement(query.sql).run(...query.params).changes) }
    },
    copyTo(file) {
      // making a copy counts as writing, though nothing here is changed
      database.exec('PRAGMA query_only = OFF')
      database.prepare('VACUUM INTO ?').run(file)
    },
    close() {
      statements.clear()
      database.close()
    },
  }
}

/** Holds a lock that the operating system drops with the process, however it ends. */
export function holdLock(lockFile: string): { release(): void } {
  const database = new DatabaseSync(lockFile)
  try {
    database.exec('PRAGMA busy_timeout = 0')
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    throw error
  }
  return { release: () => database.close() }
}
