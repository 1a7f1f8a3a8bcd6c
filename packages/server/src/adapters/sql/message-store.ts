import {
  IdsKnown,
  type MessageStore,
  type StoreBatch,
  StoreConflict,
  StoreDamaged,
  StoreUnavailable,
  type UnknownIds,
} from '../../ports/message-store.js'
import { RULES_VERSION } from '../../stream/command.js'
import { SqlCheckFailed, SqlDataError, type SqlDriver } from './driver.js'
import { raiseGeneration } from './installation.js'
import { coalesce } from './store/coalesce.js'
import { contentStatements } from './store/contents.js'
import { idParamsBelow, load, loadStatements } from './store/load.js'
import { pageStatements, readHeads, readPage } from './store/pages.js'
import { acceptedAtStatement, findSeqAtTime } from './store/seq-at-time.js'
import { statementsOf } from './store/write.js'
import { writeStatements } from './store/write-statements.js'

export interface SqlMessageStoreOptions {
  /** The log is not the store's own: the first batch of a newer generation takes the store over (R10). @default false */
  readonly followsLog?: boolean
}

/**
 * The message store on SQL. A batch is one transaction, which checks the generation and where every channel
 * stands before it changes anything (R6, I4, I5). The driver stays the caller's to close.
 */
export function createSqlMessageStore(
  driver: SqlDriver,
  { followsLog = false }: SqlMessageStoreOptions = {},
): MessageStore {
  const { dialect } = driver
  const writes = writeStatements(dialect)
  const loads = loadStatements(dialect)
  const pages = { ...pageStatements(dialect), contents: contentStatements(dialect) }
  const acceptedAt = acceptedAtStatement(dialect)
  const ask = coalesce(driver)

  async function write(batch: StoreBatch): Promise<void> {
    const statements = statementsOf(batch, writes)
    try {
      await driver.batch(statements)
    } catch (error) {
      if (!(error instanceof SqlCheckFailed)) throw error
      if (batch.unknown !== undefined && (await isAnyKnown(batch.unknown))) {
        throw new IdsKnown('An id that was taken for unknown is known.')
      }
      const raised = followsLog && (await raiseGeneration(driver, batch.generation, RULES_VERSION))
      if (!raised) throw error
      await driver.batch(statements)
    }
  }

  async function isAnyKnown(asked: UnknownIds): Promise<boolean> {
    const [found = []] = await driver.query([{ sql: loads.idBelow, rows: idParamsBelow(asked) }])
    return found.some((rows) => rows.length > 0)
  }

  return {
    checksUnknown: true,
    load: (request) => told(load(driver, loads, request)),
    write: (batch) => told(write(batch)),
    heads: (channelIds) => told(readHeads(ask, pages, channelIds)),
    pages: (queries) => told(Promise.all(queries.map((query) => readPage(ask, pages, query)))),
    async seqAtTime(channelId, timestampMs) {
      const [head] = await told(readHeads(ask, pages, [channelId]))
      return head === undefined ? 1 : told(findSeqAtTime(ask, acceptedAt, head, timestampMs))
    },
    close: async () => undefined,
  }
}

/** Puts a driver's errors into the words of the port. */
async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof SqlCheckFailed) throw new StoreConflict(error.message, { cause: error })
    if (error instanceof SqlDataError) throw new StoreDamaged(error.message, { cause: error })
    if (error instanceof StoreDamaged || error instanceof IdsKnown) throw error
    throw new StoreUnavailable(error instanceof Error ? error.message : String(error), {
      cause: error,
    })
  }
}
