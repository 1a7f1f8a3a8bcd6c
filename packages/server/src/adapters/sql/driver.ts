import type { SqlDialect } from './dialect.js'

/** What crosses to a database. Integers stay below 2^53; ids are text. */
export type SqlValue = string | number | null
export type SqlRow = Readonly<Record<string, SqlValue>>

/** A parameter is written `?`, or as the dialect compiles it. */
export interface SqlQuery {
  readonly sql: string
  readonly params: readonly SqlValue[]
}

/** One statement, run once for each row of parameters, in order. Its text crosses once. */
export interface SqlRead {
  readonly sql: string
  readonly rows: readonly (readonly SqlValue[])[]
}

export interface SqlStatement extends SqlRead {
  /** Each run must change, or find, exactly one row; otherwise the whole batch is rolled back. */
  readonly expect?: 'change' | 'row'
}

/**
 * A database behind one asynchronous interface, whichever engine it is.
 *
 * A driver
 * - MUST run `batch` as one transaction, durable when it resolves (I1), and leave nothing of it when it rejects;
 * - MUST NOT let one batch that fails take another with it, though it may put several into one transaction;
 * - MUST answer all of one `query` from one snapshot, which holds everything that resolved before;
 * - MUST NOT block the event loop with disk I/O;
 * - MUST bound what waits (I7), and reject with SqlUnavailable beyond that or when the engine is away.
 */
export interface SqlDriver {
  readonly dialect: SqlDialect
  /** Rejects with SqlCheckFailed when an expectation is not met. */
  batch(statements: readonly SqlStatement[]): Promise<void>
  /** For each read and each of its rows of parameters: what was found. */
  query(reads: readonly SqlRead[]): Promise<SqlAnswers>
  /**
   * A transaction in several steps; rolled back when it takes longer than `timeoutMs` (default 5,000). On SQLite it
   * is alone with the right to write until it ends; elsewhere what must not change meanwhile is read with
   * `dialect.locked`, and each step sees what others have committed before it.
   */
  begin(timeoutMs?: number): Promise<SqlSession>
  health(): SqlHealth
  /** Settles what is in flight, then lets go of the engine. */
  close(): Promise<void>
}

export type SqlAnswers = readonly (readonly (readonly SqlRow[])[])[]

/** One question, one answer. */
export async function queryOne(
  driver: Pick<SqlDriver, 'query'>,
  sql: string,
  params: readonly SqlValue[] = [],
): Promise<readonly SqlRow[]> {
  const [answers] = await driver.query([{ sql, rows: [params] }])
  return answers?.[0] ?? []
}

export interface SqlSession {
  execute(query: SqlQuery, wants: 'rows' | 'changes'): Promise<SqlOutcome>
  commit(): Promise<void>
  rollback(): Promise<void>
}

export interface SqlOutcome {
  readonly rows: readonly SqlRow[]
  readonly changes: number
}

export interface SqlHealth {
  /** `restarting`: calls reject for now. `failed`: nothing more will come of it in this process. */
  readonly state: 'up' | 'restarting' | 'failed'
  readonly reason?: string
}

/** A statement did not change, or find, exactly one row: the batch was rolled back whole. */
export class SqlCheckFailed extends Error {
  override readonly name = 'SqlCheckFailed'
}

/** A constraint of the schema forbids it: the batch or session was rolled back. */
export class SqlConstraint extends Error {
  override readonly name = 'SqlConstraint'
}

/** What was asked can never be done: a value that the engine cannot hold, or one that it holds and cannot read. */
export class SqlDataError extends Error {
  override readonly name = 'SqlDataError'
}

/** The engine is away, refuses for now, or nobody knows whether it wrote. */
export class SqlUnavailable extends Error {
  override readonly name: string = 'SqlUnavailable'
}

/** Rolled back for another transaction's sake: nothing was changed, and the same may be tried again at once. */
export class SqlContention extends SqlUnavailable {
  override readonly name = 'SqlContention'
}
