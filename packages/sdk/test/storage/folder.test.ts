import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createClient } from '../../src/index.js'
import { createFileStorage } from '../../src/storage/file.js'
import { PATIENCE } from './patience.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-folder-'))
})
afterEach(() => rm(folder, { recursive: true }))

const open = () =>
  createClient({
    url: 'ws://127.0.0.1:9/v1/ws',
    userId: 'bot',
    getToken: () => 'token',
    autoConnect: false,
    storage: createFileStorage({ directory: join(folder, 'outbox') }),
  })

it('keeps the outbox of a Node program in the folder that it names', async () => {
  const first = open()
  await vi.waitFor(() => expect(first.outbox.durability).toBe('disk'), PATIENCE)
  const sending = first.channel('general').send('Hello')
  await first.close()
  await expect(sending).rejects.toMatchObject({ code: 'closed', outcome: 'unknown' })
  expect(await readdir(join(folder, 'outbox'))).toEqual([
    expect.stringMatching(/^outbox-1-.*\.jsonl$/),
  ])
  const second = open()
  await vi.waitFor(
    () => expect(second.outbox.list()).toMatchObject([{ state: 'pending' }]),
    PATIENCE,
  )
  await second.close()
})

it('refuses a folder that is none when it is given', () => {
  for (const directory of ['', 5, null] as never[]) {
    expect(() => createFileStorage({ directory })).toThrow(
      '[invalid_argument] directory must be the path of a folder',
    )
  }
  expect(() => createFileStorage(null as never)).toThrow('[invalid_argument] options')
})
