import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Run } from '../run/run.js'

const cache = fileURLToPath(new URL('../../../.cache/services/', import.meta.url))

/**
 * A folder of the repository's cache that is filled once. `fill` works in a folder of its own, which
 * becomes the folder in one step, so two runs at once do not meet and a killed one leaves nothing half done.
 */
export async function fetchedFolder(
  run: Run,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  const own = join(cache, `unfinished-${randomBytes(6).toString('hex')}`)
  await run.supervisor.last('rm', ['-rf', own], {})
  await mkdir(own, { recursive: true })
  try {
    await fill(own)
    await rename(own, folder).catch((error: unknown) => {
      // Another run was first, with the same content.
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(own, { recursive: true, force: true })
  }
  return folder
}
