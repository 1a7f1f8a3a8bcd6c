import { chmod, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../adapters/node/make-folder.js'
import { queryOne, type SqlDriver } from '../adapters/sql/driver.js'
import { readInstallation } from '../adapters/sql/installation.js'
import { dataDirPaths, exists } from '../adapters/sql/sqlite/data-dir.js'
import { startWorker, type WorkerClient } from '../adapters/sql/sqlite/worker-client.js'
import type { ServerEnvironment } from '../ports/environment.js'
import { MaintenanceError } from './errors.js'
import { BACKUP_FORMAT, type BackupManifest, writeManifest } from './manifest.js'

export interface BackupOptions {
  /** A folder that is empty or not there yet. */
  readonly to: string
  readonly environment: Pick<ServerEnvironment, 'now' | 'setTimer' | 'clearTimer'>
  /** Aborting it leaves nothing behind; it takes effect when the copying thread has let go. */
  readonly signal?: AbortSignal
  /** In bytes; `total` is an upper bound, because a copy leaves out free pages. */
  readonly onProgress?: (progress: { readonly copied: number; readonly total: number }) => void
}

const PROGRESS_INTERVAL_MS = 200

/**
 * Copies a data folder while its owner goes on writing: one consistent state, compacted, synced to the disk,
 * checked, with a manifest that is written last. It runs in a thread of its own. Rejects with MaintenanceError.
 */
export async function backup(
  data: { readonly dataDir: string },
  options: BackupOptions,
): Promise<BackupManifest> {
  const { to, environment, signal } = options
  const { database } = dataDirPaths(data.dataDir)
  signal?.throwIfAborted()
  if (!(await exists(database))) {
    throw new MaintenanceError(
      'no_data',
      `There is no data in ${data.dataDir}.`,
      'Name the data folder of a server that has been started once.',
    )
  }
  const made = await prepareFolder(to)
  const copy = join(to, 'tidings.db')
  try {
    const digest = await inWorker(database, (worker) => copyWith(worker, database, copy, options))
    await chmod(copy, 0o600)
    const facts = await inWorker(copy, inspect)
    const manifest = { format: BACKUP_FORMAT, createdAt: environment.now(), ...facts, ...digest }
    signal?.throwIfAborted()
    await writeManifest(to, { ...manifest, file: 'tidings.db' })
    return { ...manifest, file: 'tidings.db' }
  } catch (error) {
    await rm(made ? to : copy, { recursive: true, force: true })
    if (error instanceof MaintenanceError || signal?.aborted) throw error
    throw new MaintenanceError(
      'failed',
      `The backup to ${to} failed: ${error instanceof Error ? error.message : String(error)}.`,
      'Make room on that disk and check the right to write there, then try again.',
      error,
    )
  }
}

/** True if the folder was not there before. */
async function prepareFolder(to: string): Promise<boolean> {
  try {
    if (await makeFolder(to)) return true
    if ((await readdir(to)).length === 0) return false
  } catch (cause) {
    throw new MaintenanceError(
      'not_writable',
      `The folder ${to} cannot be made or read: ${(cause as NodeJS.ErrnoException).code ?? cause}.`,
      'Give this user the right to write there, or name another folder.',
      cause,
    )
  }
  throw new MaintenanceError(
    'not_empty',
    `The folder ${to} is not empty.`,
    'Name an empty folder, or one that is not there yet.',
  )
}

async function copyWith(
  worker: WorkerClient,
  database: string,
  copy: string,
  { environment, signal, onProgress }: BackupOptions,
) {
  const total = (await stat(database)).size
  let timer: unknown
  let isOver = false
  const report = async (): Promise<void> => {
    const copied = await stat(copy).then(
      (file) => file.size,
      () => 0,
    )
    if (isOver) return
    onProgress?.({ copied: Math.min(copied, total), total })
    timer = environment.setTimer(reportAlone, PROGRESS_INTERVAL_MS)
  }
  // who throws here is told once more at the end, where that fails the backup and not the process
  const reportAlone = (): void => void report().catch(() => undefined)
  const stop = (): void => void worker.terminate()
  signal?.addEventListener('abort', stop, { once: true })
  timer = environment.setTimer(reportAlone, 0)
  try {
    const digest = await worker.call({ kind: 'copy', to: copy })
    onProgress?.({ copied: digest.bytes, total: digest.bytes })
    return digest
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    isOver = true
    environment.clearTimer(timer)
    signal?.removeEventListener('abort', stop)
  }
}

/** What the copy itself says, once its pages are known to be whole. */
async function inspect(worker: WorkerClient) {
  const query: Pick<SqlDriver, 'query'> = {
    query: (reads) => worker.call({ kind: 'query', reads }),
  }
  const [verdict] = await queryOne(query, 'PRAGMA quick_check(1)')
  const said = String(Object.values(verdict ?? {})[0])
  if (said !== 'ok') {
    throw new MaintenanceError(
      'damaged',
      `The data is damaged, and so is its copy: ${said}.`,
      'Run `tidings check`, and keep the backups that you have.',
    )
  }
  const installation = await readInstallation(query)
  if (installation === undefined) throw new Error('the data has no generation')
  const names = await queryOne(query, 'SELECT name FROM kysely_migration ORDER BY name')
  return { ...installation, schema: names.map((row) => String(row.name)) }
}

/** Runs a piece of work on a database file in a thread of its own, which ends with it. */
export async function inWorker<T>(
  file: string,
  work: (worker: WorkerClient) => Promise<T>,
): Promise<T> {
  const worker = await startWorker({ role: 'reader', file })
  try {
    return await work(worker)
  } finally {
    // closed in order, the last connection leaves no log beside the file
    await worker.call({ kind: 'close' }).catch(() => undefined)
    await worker.terminate()
  }
}
