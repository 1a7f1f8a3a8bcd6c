import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderPrefix } from '../run/run.js'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const fileName = 'up.json'

/** Services that `up` has started. The note lies in the run's folder, so it goes when they go. */
export interface RunningUp {
  readonly repository: string
  readonly pid: number
  readonly words: readonly string[]
}

export async function noteRunning(folder: string, words: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true })
  const note: RunningUp = { repository, pid: process.pid, words }
  const file = join(folder, fileName)
  await writeFile(`${file}.new`, JSON.stringify(note))
  await rename(`${file}.new`, file)
}

/** What was started from this copy of the repository and still runs. */
export async function listRunning(): Promise<readonly RunningUp[]> {
  const folders = (await readdir(tmpdir())).filter((name) => name.startsWith(folderPrefix))
  const notes = await Promise.all(folders.map((name) => readNote(join(tmpdir(), name, fileName))))
  return notes
    .filter((note) => note?.repository === repository)
    .filter((note) => note !== undefined)
}

async function readNote(file: string): Promise<RunningUp | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : JSON.parse(text)
}
