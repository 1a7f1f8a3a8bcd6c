import { access, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '../../node/make-folder.js'

/** What lies in a data folder. */
export const dataDirPaths = (dataDir: string) => ({
  database: join(dataDir, 'tidings.db'),
  /** Locked for as long as a process owns the folder; always empty. */
  lock: join(dataDir, 'tidings.lock'),
  /** Who owns the folder; read only when the lock is held, so a stale one misleads nobody. */
  owner: join(dataDir, 'owner.json'),
  /** There while a restore is under way: the database beside it is not to be used. */
  restoring: join(dataDir, 'tidings.db.restoring'),
  /** Private to this user: the socket by which the command line reaches the owner. */
  control: join(dataDir, 'control'),
})

export interface OwnerNote {
  readonly pid: number
  /** Where the owner listens for `tidings backup`; left out: it does not. */
  readonly control?: string
}

/** Makes the folder, for this user alone, if it is not there. */
export async function ensureDataDir(dataDir: string): Promise<void> {
  await makeFolder(dataDir)
}

/** Makes its files, for this user alone, if they are not there: what SQLite puts beside them gets the same rights. */
export async function ensureDataFiles(dataDir: string): Promise<void> {
  const { database, lock } = dataDirPaths(dataDir)
  for (const file of [database, lock]) {
    if (!(await exists(file))) await writeFile(file, '', { flag: 'a', mode: 0o600 })
  }
}

export async function writeOwnerNote(dataDir: string, note: OwnerNote): Promise<void> {
  const { owner } = dataDirPaths(dataDir)
  // a reader sees the old note or the new one, never half of it
  await writeFile(`${owner}.new`, JSON.stringify(note), { mode: 0o600 })
  await rename(`${owner}.new`, owner)
}

export async function readOwnerNote(dataDir: string): Promise<OwnerNote | undefined> {
  try {
    const note: unknown = JSON.parse(await readFile(dataDirPaths(dataDir).owner, 'utf8'))
    if (typeof note !== 'object' || note === null || !('pid' in note)) return undefined
    if (typeof note.pid !== 'number') return undefined
    const control = 'control' in note && typeof note.control === 'string' ? note.control : undefined
    return { pid: note.pid, control }
  } catch {
    return undefined
  }
}

export async function removeOwnerNote(dataDir: string): Promise<void> {
  await rm(dataDirPaths(dataDir).owner, { force: true })
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
