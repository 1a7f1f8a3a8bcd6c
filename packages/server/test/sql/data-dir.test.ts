import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  chown,
  cp,
  mkdir,
  readdir,
  readFile,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import {
  DataDirBroken,
  DataDirError,
  DataDirInUse,
  DataDirNewer,
  DataDirNotWritable,
} from '../../src/adapters/sql/sqlite/data-dir-errors.js'
import { inDataDir, type TestDataDir } from './data-dir.js'
import { OWNER_ARGUMENTS, runOwner } from './owner.js'

async function refusal(dataDir: TestDataDir): Promise<DataDirError> {
  const error: unknown = await dataDir.open().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof DataDirError)) throw error ?? new Error('it was opened')
  expect(error.message).toContain(dataDir.path)
  expect(error.message).toMatch(/^The data folder .*\.$/)
  expect(error.remedy).toMatch(/\.$/)
  return error
}

const edit = (dataDir: TestDataDir, sql: string): void => {
  const database = new DatabaseSync(join(dataDir.path, 'tidings.db'))
  database.exec(sql)
  database.close()
}

async function used(dataDir: TestDataDir): Promise<void> {
  await (await dataDir.open()).close()
}

describe('a data folder', () => {
  it(
    'R10: raises its generation each time it is opened',
    inDataDir(async (dataDir) => {
      const generations: number[] = []
      for (let i = 0; i < 3; i++) {
        const { installation, close } = await dataDir.open()
        generations.push(installation.generation)
        await close()
      }
      expect(generations).toEqual([1, 2, 3])
    }),
  )

  it(
    'is made for this user alone if it is not there',
    inDataDir(async (dataDir) => {
      const path = join(dataDir.path, 'a', 'b')
      await dataDir.open({ dataDir: path })
      expect((await stat(path)).mode & 0o777).toBe(0o700)
    }),
  )

  it(
    'holds nothing that others of the machine could read, also where the folder was there before',
    inDataDir(async (dataDir) => {
      const path = join(dataDir.path, 'open to all')
      await mkdir(path, { mode: 0o755 })
      await dataDir.open({ dataDir: path })
      const files = (await readdir(path)).filter((name) => name.startsWith('tidings.'))
      expect(files).toContain('tidings.db-wal')
      for (const name of files) {
        expect([name, (await stat(join(path, name))).mode & 0o777]).toEqual([name, 0o600])
      }
    }),
  )

  it(
    'has one owner: a second in the same process is refused, with the pid',
    inDataDir(async (dataDir) => {
      const first = await dataDir.open()
      const error = await refusal(dataDir)
      expect(error).toBeInstanceOf(DataDirInUse)
      expect(error).toHaveProperty('pid', process.pid)
      await first.close()
      await used(dataDir)
    }),
  )

  it(
    'has one owner: another process is named, and its end by kill -9 frees the folder',
    inDataDir(async (dataDir) => {
      const owner = await runOwner(dataDir.path)
      const error = await refusal(dataDir)
      expect(error).toBeInstanceOf(DataDirInUse)
      expect(error).toHaveProperty('pid', owner.pid)
      await owner.kill()
      const { installation } = await dataDir.open()
      expect(installation.generation).toBe(2)
      const note: unknown = JSON.parse(await readFile(join(dataDir.path, 'owner.json'), 'utf8'))
      expect(note).toEqual({ pid: process.pid })
    }),
  )

  it(
    'that cannot be a folder is not writable',
    inDataDir(async (dataDir) => {
      const path = join(dataDir.path, 'file')
      await writeFile(path, '')
      const opened = dataDir.open({ dataDir: path })
      await expect(opened).rejects.toBeInstanceOf(DataDirNotWritable)
      await expect(opened).rejects.toThrow(/: it is no folder\.$/)
      const below = dataDir.open({ dataDir: join(path, 'below') })
      await expect(below).rejects.toBeInstanceOf(DataDirNotWritable)
      await expect(below).rejects.toThrow(/: a part of the path is no folder\.$/)
      const long = dataDir.open({ dataDir: join(dataDir.path, 'x'.repeat(300)) })
      await expect(long).rejects.toBeInstanceOf(DataDirNotWritable)
      await expect(long).rejects.toThrow(/: the path is too long\.$/)
    }),
  )

  it(
    'that this user may not write to is not writable, used before or not',
    inDataDir(async (dataDir) => {
      await chmod(dataDir.path, 0o755)
      expect(await openWithoutRights(dataDir.path)).toBe('DataDirNotWritable')
      await used(dataDir)
      expect(await openWithoutRights(dataDir.path)).toBe('DataDirNotWritable')
    }),
  )

  it(
    'written by a newer schema is newer, and stays as it is',
    inDataDir(async (dataDir) => {
      await used(dataDir)
      edit(dataDir, "INSERT INTO kysely_migration VALUES ('9999-later', '2030-01-01')")
      const error = await refusal(dataDir)
      expect(error).toBeInstanceOf(DataDirNewer)
      expect(error.message).toContain('9999-later')
      edit(dataDir, "DELETE FROM kysely_migration WHERE name = '9999-later'")
      expect((await dataDir.open()).installation.generation).toBe(2)
    }),
  )

  it(
    'R11: written under newer rules is newer',
    inDataDir(async (dataDir) => {
      await used(dataDir)
      edit(dataDir, "UPDATE meta SET value = '99' WHERE key = 'rules_version'")
      expect(await refusal(dataDir)).toBeInstanceOf(DataDirNewer)
    }),
  )

  it(
    'R11: laid out with another bucket size is refused',
    inDataDir(async (dataDir) => {
      await used(dataDir)
      edit(dataDir, "UPDATE meta SET value = '512' WHERE key = 'bucket_size'")
      const error = await refusal(dataDir)
      expect(error).toBeInstanceOf(DataDirBroken)
      expect(error.message).toContain('512')
    }),
  )

  it(
    'R11: partitions are fixed per generation, and a start begins a new one',
    inDataDir(async (dataDir) => {
      await (await dataDir.open({ partitions: 2 })).close()
      const { installation } = await dataDir.open({ partitions: 4 })
      expect(installation).toMatchObject({ generation: 2, partitions: 4 })
    }),
  )

  it(
    'whose file is no database is broken',
    inDataDir(async (dataDir) => {
      await writeFile(
        join(dataDir.path, 'tidings.db'),
        'not a database, but long enough'.repeat(99),
      )
      expect(await refusal(dataDir)).toBeInstanceOf(DataDirBroken)
    }),
  )

  it(
    'whose file was torn off is broken',
    inDataDir(async (dataDir) => {
      await used(dataDir)
      const file = join(dataDir.path, 'tidings.db')
      await truncate(file, (await stat(file)).size / 2)
      expect(await refusal(dataDir)).toBeInstanceOf(DataDirBroken)
    }),
  )

  it(
    'with a log torn in its last write opens without that write',
    inDataDir(async (dataDir) => {
      const { close } = await dataDir.open()
      const copy = join(dataDir.path, 'copy')
      await mkdir(copy)
      for (const name of ['tidings.db', 'tidings.db-wal']) {
        await cp(join(dataDir.path, name), join(copy, name))
      }
      await close()
      const log = join(copy, 'tidings.db-wal')
      await truncate(log, (await stat(log)).size - 100)
      const { installation } = await dataDir.open({ dataDir: copy })
      expect(installation.generation).toBe(1)
    }),
  )

  it(
    'with an interrupted restore is broken',
    inDataDir(async (dataDir) => {
      await used(dataDir)
      await writeFile(join(dataDir.path, 'tidings.db.restoring'), '')
      const error = await refusal(dataDir)
      expect(error).toBeInstanceOf(DataDirBroken)
      expect(error.message).toContain('restore')
    }),
  )
})

/**
 * The name of the error that somebody without rights gets. Root may write anywhere, so as root the folder is made
 * somebody else's and the process starts without the capability to overrule that.
 */
async function openWithoutRights(path: string): Promise<string> {
  const isRoot = process.getuid?.() === 0
  const node = [process.execPath, ...OWNER_ARGUMENTS, path]
  if (isRoot) {
    for (const name of await readdir(path)) await chown(join(path, name), 65_534, 65_534)
    await chown(path, 65_534, 65_534)
  } else {
    await chmod(path, 0o555)
  }
  const [command = '', ...args] = isRoot
    ? ['setpriv', '--bounding-set=-dac_override', ...node]
    : node
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const [first] = (await once(child.stdout, 'data')) as [Buffer]
  child.kill('SIGKILL')
  await once(child, 'exit')
  if (isRoot) await chown(path, 0, 0)
  else await chmod(path, 0o755)
  return first.toString().trim()
}
