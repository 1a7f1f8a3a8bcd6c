import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFolder } from '../../src/adapters/node/make-folder.js'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidings-folder-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('a folder', () => {
  it('is made with all above it, for this user alone, and says whether it is new', async () => {
    const path = join(root, 'a', 'b', 'c')
    expect(await makeFolder(path)).toBe(true)
    expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o700)
    expect(await makeFolder(path)).toBe(false)
  })

  it('is not made where a file stands', async () => {
    await writeFile(join(root, 'file'), '')
    await expect(makeFolder(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
    await expect(makeFolder(join(root, 'file', 'x'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it.runIf(process.platform === 'linux')(
    'is refused where a file system only says that there is none, without an end to trying',
    async () => {
      await expect(makeFolder('/proc/tidings/data')).rejects.toMatchObject({ code: 'ENOENT' })
    },
  )
})
