import type { ServerEnvironment } from '../../../ports/environment.js'
import { sqliteDialect } from '../dialect.js'
import { type SqlDriver, type SqlHealth, type SqlSession, SqlUnavailable } from '../driver.js'
import { type KeptWorker, keepRunning } from './kept-worker.js'
import type { WorkerReport, WorkerSettings } from './messages.js'

export interface SqliteDriverOptions {
  readonly file: string
  readonly lockFile?: string
  readonly environment: ServerEnvironment
  /** Threads that read. @default 1 */
  readonly readers?: number
  /** Told when a thread died, and when it is given up for good. */
  readonly onTrouble?: (health: SqlHealth) => void
}

export interface SqliteDriver extends SqlDriver {
  /** As the writing connection itself says. */
  readonly writer: WorkerReport
  /** From now on a thread that is started again refuses if another process has owned the data meanwhile (R10). */
  holdGeneration(generation: number): void
}

/**
 * SQLite in threads of its own: one that writes, at least one that reads, so that no disk I/O ever stands
 * in the way of the loop that serves sockets. Rejects with WorkerRefused when the file cannot be opened.
 */
export async function openSqliteDriver(options: SqliteDriverOptions): Promise<SqliteDriver> {
  const { environment, file, lockFile } = options
  const kept: KeptWorker[] = []
  let generation: number | undefined
  const health = (): SqlHealth =>
    kept.find((worker) => worker.health().state === 'failed')?.health() ??
    kept.find((worker) => worker.health().state === 'restarting')?.health() ?? { state: 'up' }
  const keep = async (settings: WorkerSettings): Promise<KeptWorker> => {
    const current = () => ({ ...settings, generation })
    const worker = await keepRunning(current, environment, () => options.onTrouble?.(health()))
    kept.push(worker)
    return worker
  }

  let closed = false
  let sessions = 0
  const writer = await keep({ role: 'writer', file, lockFile })
  const readers: KeptWorker[] = []
  try {
    for (let i = 0; i < (options.readers ?? 1); i++)
      readers.push(await keep({ role: 'reader', file }))
  } catch (error) {
    await Promise.all(kept.map((worker) => worker.close()))
    throw error
  }

  // without readers, as in maintenance, the writer reads
  const leastBusyReader = (): KeptWorker =>
    readers.reduce(
      (least, reader) => (reader.inFlight() < least.inFlight() ? reader : least),
      readers[0] ?? writer,
    )

  return {
    dialect: sqliteDialect,
    writer: writer.report(),
    holdGeneration(held) {
      generation = held
    },
    async batch(statements) {
      await writer.call({ kind: 'batch', statements })
    },
    query: async (reads) =>
      reads.length === 0 ? [] : leastBusyReader().call({ kind: 'query', reads }),
    async begin(timeoutMs = 5_000) {
      sessions += 1
      const session = sessions
      await writer.call({ kind: 'begin', session })
      return openSession(writer, session, environment, timeoutMs)
    },
    health,
    async close() {
      if (closed) return
      closed = true
      // the readers first, so that the writer is the last connection and folds the log into the file
      await Promise.all(readers.map((reader) => reader.close()))
      await writer.close()
    },
  }
}

function openSession(
  writer: KeptWorker,
  session: number,
  environment: ServerEnvironment,
  timeoutMs: number,
): SqlSession {
  let over: SqlUnavailable | undefined
  // no write can go on while this is open
  const deadline = environment.setTimer(() => {
    over = new SqlUnavailable(`the transaction took longer than ${timeoutMs} ms`)
    writer.call({ kind: 'rollback', session }).catch(() => undefined)
  }, timeoutMs)
  async function end(kind: 'commit' | 'rollback'): Promise<void> {
    environment.clearTimer(deadline)
    if (over !== undefined && kind === 'commit') throw over
    await writer.call({ kind, session })
  }
  return {
    async execute(query, wants) {
      if (over !== undefined) throw over
      return writer.call({ kind: 'execute', session, query, wants })
    },
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  }
}
