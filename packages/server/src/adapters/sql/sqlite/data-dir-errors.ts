import { RulesMismatch } from '../installation.js'
import { SchemaNewer } from '../migrate.js'
import { SQLITE, type WorkerFailure } from './messages.js'
import { WorkerRefused } from './worker-client.js'

/** Why a data folder cannot be used: `message` is one sentence of what is wrong, `remedy` one of what to do. */
export abstract class DataDirError extends Error {
  readonly dataDir: string
  readonly remedy: string

  constructor(dataDir: string, message: string, remedy: string, cause?: unknown) {
    super(message, { cause })
    this.dataDir = dataDir
    this.remedy = remedy
  }
}

/** Another process owns the folder. */
export class DataDirInUse extends DataDirError {
  override readonly name = 'DataDirInUse'
  /** Of the owner, when it has said so. */
  readonly pid: number | undefined

  constructor(dataDir: string, pid: number | undefined) {
    super(
      dataDir,
      `The data folder ${dataDir} is in use by ${pid === undefined ? 'another process' : `process ${pid}`}.`,
      'Stop that process, or choose another data folder.',
    )
    this.pid = pid
  }
}

export class DataDirNotWritable extends DataDirError {
  override readonly name = 'DataDirNotWritable'

  constructor(dataDir: string, reason: string, cause?: unknown) {
    super(
      dataDir,
      `The data folder ${dataDir} cannot be written to: ${reason}.`,
      'Give this user the right to write there, make room on the disk, or choose another data folder.',
      cause,
    )
  }
}

/** Written by a later version of this software. */
export class DataDirNewer extends DataDirError {
  override readonly name = 'DataDirNewer'

  constructor(dataDir: string, reason: string, cause?: unknown) {
    super(
      dataDir,
      `The data folder ${dataDir} was written by a newer version of Tidings: ${reason}.`,
      'Upgrade Tidings, or choose another data folder.',
      cause,
    )
  }
}

export class DataDirBroken extends DataDirError {
  override readonly name = 'DataDirBroken'

  constructor(dataDir: string, reason: string, cause?: unknown) {
    super(
      dataDir,
      `The data folder ${dataDir} cannot be read: ${reason}.`,
      'Restore a backup into an empty folder with `tidings restore`, or choose another data folder.',
      cause,
    )
  }
}

const NOT_WRITABLE = new Set<number>([
  SQLITE.readonly,
  SQLITE.cannotOpen,
  SQLITE.full,
  SQLITE.ioError,
])
const SYSTEM_NOT_WRITABLE: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the file system is read-only',
  ENOENT: 'it cannot be made there',
  ENOTDIR: 'a part of the path is no folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the path is too long',
  EEXIST: 'it is no folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of this user is used up',
}

/** Puts whatever went wrong while a folder was opened into the words of its owner. */
export function dataDirError(dataDir: string, error: unknown, ownerPid?: number): unknown {
  if (error instanceof DataDirError) return error
  if (error instanceof SchemaNewer) return new DataDirNewer(dataDir, error.message, error)
  if (error instanceof RulesMismatch) {
    return error.reason === 'newer'
      ? new DataDirNewer(dataDir, error.message, error)
      : new DataDirBroken(dataDir, error.message, error)
  }
  const failure = failureIn(error)
  if (failure?.code !== undefined) {
    const busy = failure.code === SQLITE.busy || failure.code === SQLITE.locked
    if (busy) return new DataDirInUse(dataDir, ownerPid)
    if (NOT_WRITABLE.has(failure.code))
      return new DataDirNotWritable(dataDir, failure.message, error)
    return new DataDirBroken(dataDir, failure.message, error)
  }
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''
  const reason = Object.hasOwn(SYSTEM_NOT_WRITABLE, code) ? SYSTEM_NOT_WRITABLE[code] : undefined
  if (reason !== undefined) return new DataDirNotWritable(dataDir, reason, error)
  return error
}

function failureIn(error: unknown): WorkerFailure | undefined {
  if (error instanceof WorkerRefused) return error.failure
  const cause = error instanceof Error ? error.cause : undefined
  return cause !== undefined && typeof cause === 'object' && 'kind' in (cause as object)
    ? (cause as WorkerFailure)
    : undefined
}
