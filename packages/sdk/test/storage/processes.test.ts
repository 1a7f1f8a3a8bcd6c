import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { processLocks } from '../../src/environment/process-locks.js'
import { createFileStorage } from '../../src/storage/file.js'
import { adoptFromTheDead } from '../../src/tabs/claim.js'
import { KEY, makeRow } from './rows.js'

describe('two processes of one user', () => {
  let directory: string
  let holder: ChildProcess

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidings-processes-'))
    const script = fileURLToPath(new URL('./holder.ts', import.meta.url))
    const flags = ['--conditions=tidings-source', '--import=tsx', script, directory]
    holder = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [said] = (await once(holder.stdout ?? holder, 'data')) as [Buffer]
    expect(said.toString()).toBe('ready')
  })
  afterEach(async () => {
    holder.kill('SIGKILL')
    await rm(directory, { recursive: true })
  })

  it('do not share a file; what the first leaves when it is killed goes to the next', async () => {
    const open = createFileStorage({ directory, locks: processLocks })
    await expect(open(KEY)).rejects.toThrow('in use by another process')
    expect(await processLocks.tryAcquire('lock of the holder')).toBeUndefined()
    const exited = once(holder, 'exit')
    holder.kill('SIGKILL')
    await exited
    const storage = await open(KEY)
    const row = makeRow('of the holder', { owner: 'holder' })
    const rows = await storage.load()
    expect(rows).toEqual([row])
    const adopted = await adoptFromTheDead(processLocks, storage, 'lock of ', 'me', rows)
    expect(adopted).toEqual([{ ...row, owner: 'me' }])
    await storage.close()
  })
})
