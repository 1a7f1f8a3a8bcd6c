import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

/**
 * Makes a folder with all above it, for this user alone; resolves to whether it was not there before. Node's own
 * recursive way never ends where a file system answers “no such folder” to making one, as /proc does.
 */
export async function makeFolder(path: string): Promise<boolean> {
  try {
    return await makeOne(path)
  } catch (error) {
    const above = dirname(resolve(path))
    if (codeOf(error) !== 'ENOENT' || above === resolve(path)) throw error
    await makeFolder(above)
    return makeOne(path)
  }
}

async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return false
    throw error
  }
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code
