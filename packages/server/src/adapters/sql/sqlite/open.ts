import type { ServerEnvironment } from '../../../ports/environment.js'
import { RULES_VERSION } from '../../../stream/command.js'
import { BUCKET_SIZE } from '../../../stream/event.js'
import type { SqlHealth } from '../driver.js'
import { startHousekeeping } from '../housekeeping.js'
import { expireIds } from '../id-expiry.js'
import { claimGeneration, type Installation } from '../installation.js'
import { migrate } from '../migrate.js'
import { redactDeleted } from '../redaction.js'
import {
  dataDirPaths,
  ensureDataDir,
  ensureDataFiles,
  exists,
  readOwnerNote,
  removeOwnerNote,
  writeOwnerNote,
} from './data-dir.js'
import { DataDirBroken, dataDirError } from './data-dir-errors.js'
import { openSqliteDriver, type SqliteDriver } from './sqlite-driver.js'

export interface OpenDataDirOptions {
  readonly dataDir: string
  readonly environment: ServerEnvironment
  /** Partitions of this generation's log (R11). @default 1 */
  readonly partitions?: number
  /** Threads that read. @default 1 */
  readonly readers?: number
  readonly onTrouble?: (health: SqlHealth) => void
}

export interface OpenDataDir {
  readonly dataDir: string
  readonly driver: SqliteDriver
  /** The generation is ours alone and higher than any before (R10). */
  readonly installation: Installation
  /** Lets go of the folder. */
  close(): Promise<void>
}

/**
 * Takes possession of a data folder: makes it if need be, locks it, brings it to this version's schema,
 * compares the rules it was written under (R11) and raises its generation (R10). Rejects with
 * DataDirInUse, DataDirNotWritable, DataDirNewer or DataDirBroken, having changed nothing.
 */
export async function openDataDir(options: OpenDataDirOptions): Promise<OpenDataDir> {
  const { dataDir, environment } = options
  const paths = dataDirPaths(dataDir)
  let driver: SqliteDriver | undefined
  try {
    await ensureDataDir(dataDir)
    if (await exists(paths.restoring)) {
      throw new DataDirBroken(dataDir, 'a restore into it was interrupted')
    }
    await ensureDataFiles(dataDir)
    driver = await openSqliteDriver({
      file: paths.database,
      lockFile: paths.lock,
      environment,
      readers: options.readers,
      onTrouble: options.onTrouble,
    })
    if (driver.writer.journalMode !== 'wal') {
      throw new DataDirBroken(dataDir, 'its file system lacks shared memory, as network ones do')
    }
    await writeOwnerNote(dataDir, { pid: process.pid })
    await migrate(driver)
    const installation = await claimGeneration(driver, {
      bucketSize: BUCKET_SIZE,
      rulesVersion: RULES_VERSION,
      partitions: options.partitions ?? 1,
    })
    driver.holdGeneration(installation.generation)
    const chores = startHousekeeping(driver, environment, [
      expireIds(driver.dialect),
      redactDeleted(driver.dialect),
    ])
    return { dataDir, driver, installation, close: closing(dataDir, driver, chores) }
  } catch (error) {
    await driver?.close()
    throw dataDirError(dataDir, error, (await readOwnerNote(dataDir))?.pid)
  }
}

function closing(
  dataDir: string,
  driver: SqliteDriver,
  chores: { stop(): void },
): () => Promise<void> {
  let closed: Promise<void> | undefined
  return () => {
    chores.stop()
    // the note goes while the lock still holds: it may be another's afterwards
    closed ??= removeOwnerNote(dataDir).then(() => driver.close())
    return closed
  }
}
