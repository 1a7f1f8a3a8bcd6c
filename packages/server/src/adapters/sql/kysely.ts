import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SelectQueryNode,
} from 'kysely'
import {
  queryOne,
  type SqlDriver,
  type SqlOutcome,
  type SqlQuery,
  type SqlSession,
  type SqlValue,
} from './driver.js'
import type { Tables } from './schema.js'

/**
 * Kysely over a driver of ours: for the directory's transactions and for migrations. Reads outside of a
 * transaction go to the readers; every write is a transaction. The caller closes the driver itself.
 */
export function kyselyOver(driver: SqlDriver, sessionTimeoutMs?: number): Kysely<Tables> {
  const dialect: Dialect = {
    ...driver.dialect.kysely,
    createDriver: () => kyselyDriver(driver, sessionTimeoutMs),
  }
  return new Kysely<Tables>({ dialect })
}

class Connection implements DatabaseConnection {
  session: SqlSession | undefined
  readonly #driver: SqlDriver
  readonly #sessionTimeoutMs: number | undefined

  constructor(driver: SqlDriver, sessionTimeoutMs: number | undefined) {
    this.#driver = driver
    this.#sessionTimeoutMs = sessionTimeoutMs
  }

  async begin(): Promise<void> {
    this.session = await this.#driver.begin(this.#sessionTimeoutMs)
  }

  async end(how: 'commit' | 'rollback'): Promise<void> {
    const session = this.session
    this.session = undefined
    await session?.[how]()
  }

  async executeQuery<R>(compiled: CompiledQuery): Promise<QueryResult<R>> {
    const query: SqlQuery = { sql: compiled.sql, params: compiled.parameters as SqlValue[] }
    if (this.session === undefined && SelectQueryNode.is(compiled.query)) {
      const rows = await queryOne(this.#driver, query.sql, query.params)
      return { rows: rows as unknown as R[] }
    }
    const { rows, changes } = await this.#execute(query, wants(compiled))
    return { rows: rows as unknown as R[], numAffectedRows: BigInt(changes) }
  }

  async #execute(query: SqlQuery, what: 'rows' | 'changes'): Promise<SqlOutcome> {
    if (this.session !== undefined) return this.session.execute(query, what)
    const session = await this.#driver.begin(this.#sessionTimeoutMs)
    try {
      const outcome = await session.execute(query, what)
      await session.commit()
      return outcome
    } catch (error) {
      await session.rollback()
      throw error
    }
  }

  // biome-ignore lint/correctness/useYield: the interface asks for a generator
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('rows are not streamed: read them in pages')
  }
}

/** Raw statements are asked for rows: an engine that has none to give answers with none. */
function wants(compiled: CompiledQuery): 'rows' | 'changes' {
  const { query } = compiled
  const writes =
    query.kind === 'InsertQueryNode' ||
    query.kind === 'UpdateQueryNode' ||
    query.kind === 'DeleteQueryNode'
  return writes && query.returning === undefined ? 'changes' : 'rows'
}

function kyselyDriver(driver: SqlDriver, sessionTimeoutMs: number | undefined): Driver {
  const own = (connection: DatabaseConnection): Connection => connection as Connection
  return {
    init: async () => undefined,
    acquireConnection: async () => new Connection(driver, sessionTimeoutMs),
    beginTransaction: (connection) => own(connection).begin(),
    commitTransaction: (connection) => own(connection).end('commit'),
    rollbackTransaction: (connection) => own(connection).end('rollback'),
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  }
}
