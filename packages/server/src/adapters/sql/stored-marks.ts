import { StoreUnavailable } from '../../ports/message-store.js'
import { type StoredMarks, StoreGoneBack } from '../../ports/stored-marks.js'
import { uncontended } from './contention.js'
import { queryOne, SqlCheckFailed, type SqlDriver, type SqlStatement } from './driver.js'

const READ = 'SELECT stored FROM stored_marks WHERE generation = ? AND log_partition = ?'

const HIGHER =
  'CASE WHEN stored_marks.stored < excluded.stored THEN excluded.stored ELSE stored_marks.stored END'

/** generation, partition, mark */
const FIRST = `INSERT INTO stored_marks (generation, log_partition, stored) VALUES (?, ?, ?)
  ON CONFLICT (generation, log_partition) DO UPDATE SET stored = ${HIGHER}`

/** mark, mark, generation, partition, seen: changes one row unless the mark there lies below what was seen. */
const NEXT = `UPDATE stored_marks
  SET stored = CASE WHEN stored < CAST(? AS BIGINT) THEN CAST(? AS BIGINT) ELSE stored END
  WHERE generation = ? AND log_partition = ? AND stored >= ?`

/** Marks on SQL, in the database of the messages. A raise is one small transaction; the driver stays the caller's to close. */
export function createSqlStoredMarks(driver: Pick<SqlDriver, 'batch' | 'query'>): StoredMarks {
  return {
    read: ({ generation, partition }) =>
      told(async () => {
        const [row] = await queryOne(driver, READ, [generation, partition])
        return Number(row?.stored ?? 0)
      }),
    raise: ({ generation, partition, offset }, from) => {
      const statement: SqlStatement =
        from === 0
          ? { sql: FIRST, rows: [[generation, partition, offset]] }
          : { sql: NEXT, rows: [[offset, offset, generation, partition, from]], expect: 'change' }
      return told(() => uncontended(() => driver.batch([statement])))
    },
  }
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    if (error instanceof SqlCheckFailed) throw new StoreGoneBack(reason, { cause: error })
    throw new StoreUnavailable(reason, { cause: error })
  }
}
