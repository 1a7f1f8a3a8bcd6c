import type { ServerEnvironment } from '../../../ports/environment.js'
import {
  SqlCheckFailed,
  SqlContention,
  type SqlDriver,
  type SqlHealth,
  type SqlRead,
  type SqlRow,
  type SqlStatement,
  SqlUnavailable,
} from '../driver.js'
import type { PostgresConnection, WireAnswer, WireQuery } from './connection.js'
import { postgresDialect } from './dialect.js'
import type { Pool } from './pool.js'
import { openSession } from './session.js'
import { createStatementNames, numbered } from './texts.js'

export interface PostgresDriverOptions {
  readonly pool: Pool
  readonly environment: ServerEnvironment
  /** Longest that a batch or a query may take before its connection is given up, in milliseconds. */
  readonly answerTimeoutMs: number
  readonly health: () => SqlHealth
}

/** Tries of a batch that loses against another transaction (I7). */
const TRIES = 4

const BEGIN: WireQuery = { text: 'begin isolation level read committed' }
const BEGIN_SNAPSHOT: WireQuery = { text: 'begin isolation level repeatable read read only' }
const COMMIT: WireQuery = { text: 'commit' }
const ROLLBACK: WireQuery = { text: 'rollback' }

/**
 * PostgreSQL behind the driver interface. A batch is sent in one piece and committed once every row of it has met
 * its expectation; a query is one snapshot and one round trip.
 */
export function createPostgresDriver(options: PostgresDriverOptions): SqlDriver {
  const { pool, environment, answerTimeoutMs } = options
  const nameOf = createStatementNames()

  function queriesOf({ sql, rows }: SqlRead): readonly WireQuery[] {
    const text = numbered(sql)
    const name = nameOf(text)
    return rows.map((params) => ({ text, params, name }))
  }

  async function runBatch(
    connection: PostgresConnection,
    statements: readonly SqlStatement[],
  ): Promise<void> {
    const sent = [BEGIN, ...statements.flatMap(queriesOf)]
    const answers = await connection.run(sent, answerTimeoutMs)
    const wrong = firstWrong(statements, answers)
    if (wrong !== undefined) {
      await undo(connection)
      throw wrong
    }
    const [committed] = await connection.run([COMMIT], answerTimeoutMs)
    if (committed instanceof Error) throw committed
    if (committed?.command !== 'COMMIT') throw new SqlUnavailable('the server did not commit')
  }

  async function undo(connection: PostgresConnection): Promise<void> {
    if (!connection.usable()) return
    const [undone] = await connection.run([ROLLBACK], answerTimeoutMs)
    if (undone instanceof Error) connection.destroy('it could not be rolled back')
  }

  return {
    dialect: postgresDialect,
    async batch(statements) {
      for (let tries = 1; ; tries++) {
        try {
          return await pool.use((connection) => runBatch(connection, statements))
        } catch (error) {
          if (!(error instanceof SqlContention) || tries === TRIES) throw error
        }
      }
    },
    async query(reads) {
      const sent = reads.flatMap(queriesOf)
      if (sent.length === 0) return reads.map(() => [])
      const answers = await pool.use((connection) => read(connection, sent, answerTimeoutMs))
      let next = 0
      return reads.map((read) => read.rows.map(() => answers[next++] ?? []))
    },
    async begin(timeoutMs = 5_000) {
      return openSession(pool, environment, timeoutMs)
    },
    health: options.health,
    close: () => pool.close(),
  }
}

/** A statement alone is a snapshot; several share one. */
async function read(
  connection: PostgresConnection,
  queries: readonly WireQuery[],
  timeoutMs: number,
): Promise<readonly (readonly SqlRow[])[]> {
  const alone = queries.length === 1
  const sent = alone ? queries : [BEGIN_SNAPSHOT, ...queries, COMMIT]
  const answers = await connection.run(sent, timeoutMs)
  return (alone ? answers : answers.slice(1, -1)).map((answer) => {
    if (answer instanceof Error) throw answer
    return answer.rows
  })
}

/** Why a batch may not be committed: the first that failed, or did not change or find exactly one row. */
function firstWrong(
  statements: readonly SqlStatement[],
  [begun, ...answers]: readonly (WireAnswer | Error)[],
): Error | undefined {
  if (begun instanceof Error) return begun
  let next = 0
  for (const { sql, rows, expect } of statements) {
    for (const _ of rows) {
      const answer = answers[next++]
      if (answer === undefined) return new SqlUnavailable('an answer is missing')
      if (answer instanceof Error) return answer
      if (expect === 'row' && answer.rows.length === 0) {
        return new SqlCheckFailed(`found no row: ${sql}`)
      }
      if (expect === 'change' && answer.changes !== 1) {
        return new SqlCheckFailed(`changed ${answer.changes} rows, not one: ${sql}`)
      }
    }
  }
  return undefined
}
