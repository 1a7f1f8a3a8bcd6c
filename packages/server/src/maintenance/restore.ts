import { copyFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { queryOne, type SqlDriver, type SqlSession } from '../adapters/sql/driver.js'
import {
  type Installation,
  readInstallation,
  writeInstallation,
} from '../adapters/sql/installation.js'
import { migrate } from '../adapters/sql/migrate.js'
import {
  dataDirPaths,
  ensureDataDir,
  exists,
  readOwnerNote,
} from '../adapters/sql/sqlite/data-dir.js'
import { dataDirError } from '../adapters/sql/sqlite/data-dir-errors.js'
import { openSqliteDriver } from '../adapters/sql/sqlite/sqlite-driver.js'
import { startWorker, type WorkerClient } from '../adapters/sql/sqlite/worker-client.js'
import type { ServerEnvironment } from '../ports/environment.js'
import { inWorker } from './backup.js'
import { MaintenanceError } from './errors.js'
import { type BackupManifest, readManifest, syncFolder } from './manifest.js'

export interface RestoreOptions {
  /** A folder that a backup has filled. */
  readonly from: string
  readonly dataDir: string
  /** Replaces the data that is there. @default false */
  readonly force?: boolean
  readonly environment: ServerEnvironment
}

export interface RestoreReport {
  readonly generation: number
  /** Every channel's epoch from here on. */
  readonly epoch: number
  readonly channels: number
}

/**
 * Puts a backup into a data folder. What was numbered after the backup is gone, and clients may hold it: so
 * the generation is raised and every channel gets a new epoch that starts at its restored head (R10), by
 * which readers with a higher number are reset. Rejects with MaintenanceError or DataDirError; until the last
 * step nothing of the data that was there is touched.
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const { from, dataDir, force = false } = options
  const manifest = await readManifest(from)
  const owner = await own(dataDir)
  try {
    const paths = dataDirPaths(dataDir)
    if (!force && (await exists(paths.database))) {
      throw new MaintenanceError(
        'not_empty',
        `There is data in ${dataDir} already.`,
        'Choose an empty folder, or say --force to replace what is there.',
      )
    }
    const incoming = join(dataDir, 'tidings.db.incoming')
    await removeDatabase(incoming)
    await copyFile(join(from, manifest.file), incoming).catch((cause: unknown) => {
      throw damaged(from, cause)
    })
    await verify(owner, incoming, manifest, from)
    const report = await renumber(incoming, await reachedIn(paths.database), options)
    // from here on the folder is either the old one or the new one; in between it cannot be opened
    await rename(incoming, paths.restoring)
    await removeDatabase(paths.database)
    await rename(paths.restoring, paths.database)
    await syncFolder(dataDir)
    return report
  } finally {
    await owner.terminate()
  }
}

/** Holds the folder's lock, so that no server starts in the middle. */
async function own(dataDir: string): Promise<WorkerClient> {
  try {
    await ensureDataDir(dataDir)
    return await startWorker({ role: 'lock', lockFile: dataDirPaths(dataDir).lock })
  } catch (error) {
    throw dataDirError(dataDir, error, (await readOwnerNote(dataDir))?.pid)
  }
}

async function verify(
  worker: WorkerClient,
  file: string,
  manifest: BackupManifest,
  from: string,
): Promise<void> {
  const digest = await worker.call({ kind: 'digest', file })
  if (digest.sha256 !== manifest.sha256 || digest.bytes !== manifest.bytes) {
    await removeDatabase(file)
    throw damaged(from)
  }
}

const damaged = (from: string, cause?: unknown): MaintenanceError =>
  new MaintenanceError(
    'damaged',
    `The backup ${from} is not what its manifest says.`,
    'Use another backup.',
    cause,
  )

/** How far numbering has come. */
interface Reached {
  readonly generation: number
  readonly epoch: number
}

/** Of the data that is about to be replaced, as much as can be read. */
async function reachedIn(database: string): Promise<Reached> {
  let generation = 0
  let epoch = 0
  try {
    if (await exists(database)) {
      await inWorker(database, async (worker) => {
        const driver: Pick<SqlDriver, 'query'> = {
          query: (reads) => worker.call({ kind: 'query', reads }),
        }
        generation = (await readInstallation(driver))?.generation ?? 0
        const [row] = await queryOne(driver, EPOCHS)
        epoch = Number(row?.highest ?? 0)
      })
    }
  } catch {
    // what is replaced may be what was damaged
  }
  return { generation, epoch }
}

async function renumber(
  file: string,
  replaced: Reached,
  { dataDir, environment }: RestoreOptions,
): Promise<RestoreReport> {
  let driver: SqlDriver | undefined
  try {
    driver = await openSqliteDriver({ file, environment, readers: 0 })
    await migrate(driver)
    const installation = await readInstallation(driver)
    if (installation === undefined) throw new Error('the backup has no generation')
    const generation = Math.max(installation.generation, replaced.generation) + 1
    return await raise(driver, { ...installation, generation }, replaced.epoch, environment.now())
  } catch (error) {
    throw dataDirError(dataDir, error)
  } finally {
    await driver?.close()
  }
}

async function raise(
  driver: SqlDriver,
  installation: Installation,
  replacedEpoch: number,
  nowMs: number,
): Promise<RestoreReport> {
  const session = await driver.begin(60 * 60 * 1000)
  try {
    const { highest, channels } = await epochsIn(session)
    // two restores of one backup go two ways: neither takes the other's epoch, by its time, nor a lower one where
    // the other is what is replaced, also when the clock went back
    const epoch = Math.max(highest + 1, replacedEpoch + 1, Math.floor(nowMs / 1000))
    const { generation } = installation
    await session.execute(
      {
        sql: `INSERT INTO state_changes
          (channel_id, generation, log_offset, log_partition, kind, epoch, from_seq, message_count)
          SELECT channel_id, ?, 0, 0, 'epoch', ?, head_seq, message_count FROM heads`,
        params: [generation, epoch],
      },
      'changes',
    )
    await session.execute(
      {
        sql: `UPDATE heads SET epoch = ?, generation = ?, log_partition = 0, log_offset = 0,
          epochs = json_insert(coalesce(epochs, '[{"epoch":1,"fromSeq":0}]'),
            '$[#]', json_object('epoch', ?, 'fromSeq', head_seq))`,
        params: [epoch, generation, epoch],
      },
      'changes',
    )
    await writeInstallation(session, installation)
    await session.commit()
    return { generation, epoch, channels }
  } catch (error) {
    await session.rollback()
    throw error
  }
}

const EPOCHS = 'SELECT coalesce(max(epoch), 1) AS highest, count(*) AS channels FROM heads'

async function epochsIn(session: SqlSession): Promise<{ highest: number; channels: number }> {
  const { rows } = await session.execute({ sql: EPOCHS, params: [] }, 'rows')
  return { highest: Number(rows[0]?.highest), channels: Number(rows[0]?.channels) }
}

async function removeDatabase(file: string): Promise<void> {
  for (const suffix of ['-wal', '-shm', '-journal', '']) await rm(file + suffix, { force: true })
}
