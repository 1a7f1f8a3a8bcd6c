import type { SqlStatement } from '../../driver.js'
import type { WorkerReply } from '../messages.js'
import type { Connection } from './connection.js'
import { CheckFailed, failureOf } from './failure.js'

export interface QueuedBatch {
  readonly number: number
  readonly statements: readonly SqlStatement[]
}

/**
 * Group commit: batches that waited together share one transaction and one sync of the disk, each in its
 * own savepoint, so that one that fails its checks takes no other with it.
 */
export function runBatches(connection: Connection, batches: readonly QueuedBatch[]): WorkerReply[] {
  const [only] = batches
  if (only !== undefined && batches.length === 1) return [runAlone(connection, only)]
  try {
    connection.statement('BEGIN IMMEDIATE').run()
    const replies = batches.map((batch) => runInSavepoint(connection, batch))
    connection.statement('COMMIT').run()
    return replies
  } catch {
    // whatever else went wrong may have ended the transaction for all: each again, on its own
    rollBack(connection)
    return batches.map((batch) => runAlone(connection, batch))
  }
}

function runAlone(connection: Connection, batch: QueuedBatch): WorkerReply {
  try {
    connection.statement('BEGIN IMMEDIATE').run()
    runStatements(connection, batch.statements)
    connection.statement('COMMIT').run()
    return { number: batch.number, value: undefined }
  } catch (error) {
    rollBack(connection)
    return { number: batch.number, failure: failureOf(error) }
  }
}

function runInSavepoint(connection: Connection, batch: QueuedBatch): WorkerReply {
  connection.statement('SAVEPOINT batch').run()
  try {
    runStatements(connection, batch.statements)
    connection.statement('RELEASE batch').run()
    return { number: batch.number, value: undefined }
  } catch (error) {
    if (!(error instanceof CheckFailed)) throw error
    connection.statement('ROLLBACK TO batch').run()
    connection.statement('RELEASE batch').run()
    return { number: batch.number, failure: failureOf(error) }
  }
}

function runStatements(connection: Connection, statements: readonly SqlStatement[]): void {
  for (const { sql, rows, expect } of statements) {
    const statement = connection.statement(sql)
    for (const row of rows) {
      if (expect === 'row') {
        if (statement.get(...row) === undefined) throw new CheckFailed(`found no row: ${sql}`)
        continue
      }
      const { changes } = statement.run(...row)
      if (expect === 'change' && Number(changes) !== 1) {
        throw new CheckFailed(`changed ${changes} rows, not one: ${sql}`)
      }
    }
  }
}

/** An error may already have ended the transaction. */
export function rollBack(connection: Connection): void {
  try {
    connection.statement('ROLLBACK').run()
  } catch {
    // there was none left
  }
}
