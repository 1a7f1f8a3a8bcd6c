import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { MaintenanceError } from './errors.js'

/** Raised when a backup is laid out differently. */
export const BACKUP_FORMAT = 1

const manifest = z.object({
  format: z.int().check(z.gte(1)),
  /** Unix milliseconds. */
  createdAt: z.int(),
  /** Versions of the schema, oldest first. */
  schema: z.array(z.string()),
  rulesVersion: z.int(),
  bucketSize: z.int(),
  partitions: z.int(),
  generation: z.int(),
  file: z.literal('tidings.db'),
  bytes: z.int(),
  sha256: z.string(),
})

/** What a backup says of itself: written last, so a folder without one is no backup. */
export type BackupManifest = z.infer<typeof manifest>

const pathIn = (folder: string): string => join(folder, 'manifest.json')

export async function writeManifest(folder: string, content: BackupManifest): Promise<void> {
  const path = pathIn(folder)
  const handle = await open(`${path}.new`, 'w', 0o600)
  try {
    await handle.writeFile(`${JSON.stringify(content, undefined, 2)}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(`${path}.new`, path)
  await syncFolder(folder)
}

export async function readManifest(folder: string): Promise<BackupManifest> {
  let text: string
  try {
    text = await readFile(pathIn(folder), 'utf8')
  } catch (cause) {
    throw new MaintenanceError(
      'not_a_backup',
      `The folder ${folder} holds no backup: there is no readable manifest.json in it.`,
      'Name the folder that `tidings backup --to` has filled.',
      cause,
    )
  }
  const parsed = z.safeParse(manifest, parse(text))
  if (!parsed.success) {
    throw new MaintenanceError(
      'damaged',
      `The manifest of the backup ${folder} is damaged.`,
      'Use another backup.',
      parsed.error,
    )
  }
  if (parsed.data.format > BACKUP_FORMAT) {
    throw new MaintenanceError(
      'newer',
      `The backup ${folder} was made by a newer version of Tidings.`,
      'Upgrade Tidings, then restore it.',
    )
  }
  return parsed.data
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A rename is durable once its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  // a folder cannot be opened for this on Windows, whose file system keeps the order by itself
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
