import builtin, * as fs from 'node:fs/promises'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Locks } from '../../src/environment/port.js'
import { createFileStorage } from '../../src/storage/file.js'
import { Journal } from '../../src/storage/journal.js'
import type { OutboxRow } from '../../src/storage/port.js'
import { storageContract } from './contract.js'
import { KEY, makeRow } from './rows.js'

/** Locks as several processes would share them. */
function makeLocks(): Locks {
  const held = new Set<string>()
  return {
    tryAcquire: async (name) => {
      if (held.has(name)) return undefined
      held.add(name)
      return () => void held.delete(name)
    },
  }
}

describe('the outbox storage in a file', () => {
  let directory: string
  let locks: Locks

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tidings-outbox-'))
    locks = makeLocks()
  })
  afterEach(() => rm(directory, { recursive: true }))

  const open = () => createFileStorage({ directory, locks })(KEY)
  const path = async (): Promise<string> => join(directory, (await readdir(directory))[0] ?? '')

  storageContract(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tidings-contract-'))
    const options = { directory: join(folder, 'made', 'here'), locks: makeLocks() }
    return {
      open: createFileStorage(options),
      reopen: createFileStorage(options),
      cleanUp: () => rm(folder, { recursive: true }),
    }
  })

  it('writes nothing that others on the machine may read', async () => {
    const storage = await open()
    expect((await stat(await path())).mode & 0o077).toBe(0)
    await storage.close()
  })

  it.each([
    ['half a line', '{"put":[{"id":"b","own'],
    ['a line of zeros', '\0\0\0\0\0\0\n'],
    ['a line of another form', '{"later":1}\n'],
    ['a row without an id', '{"put":[{}]}\n'],
  ])('goes on behind %s at the end, without losing what stands before it', async (_, tail) => {
    const first = await open()
    await first.put([makeRow('a')])
    await first.close()
    await appendFile(await path(), tail)
    const second = await open()
    expect(await second.load()).toEqual([makeRow('a')])
    await second.put([makeRow('c')])
    await second.close()
    const third = await open()
    expect((await third.load()).map(({ id }) => id)).toEqual(['a', 'c'])
    await third.close()
  })

  it('is whole wherever the process died in the middle of a write', async () => {
    const first = await open()
    for (const id of ['a', 'b', 'c']) await first.put([makeRow(id)])
    await first.remove(['b'])
    await first.close()
    const whole = await readFile(await path(), 'utf8')
    const header = whole.indexOf('\n') + 1
    const ends = [...whole.matchAll(/\n/g)].flatMap(({ index }) => [index, index + 1])
    const steps = Array.from({ length: 80 }, (_, n) => header + n * 11)
    for (const length of [...ends.slice(1), ...steps]) {
      await writeFile(await path(), whole.slice(0, length))
      const storage = await open()
      const lines = whole.slice(header, length).split('\n').length - 1
      const expected = [[], ['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'c']][lines]
      expect((await storage.load()).map(({ id }) => id)).toEqual(expected)
      await storage.close()
    }
  })

  it('keeps rows of a form that it does not know, untouched', async () => {
    const newer = { ...makeRow('newer'), v: 2, more: true } as unknown as OutboxRow
    const first = await open()
    await first.put([newer, makeRow('known')])
    expect(await first.adopt('one', 'two')).toEqual([makeRow('known', { owner: 'two' })])
    expect(await first.load()).toEqual([makeRow('known', { owner: 'two' })])
    await first.close()
    await (await open()).close()
    expect(await readFile(await path(), 'utf8')).toContain(JSON.stringify(newer))
  })

  it('refuses a file of another form instead of writing over it', async () => {
    await (await open()).close()
    await writeFile(await path(), '{"tidings-outbox":9}\n')
    await expect(open()).rejects.toThrow('not an outbox that this version can read')
    expect(await readFile(await path(), 'utf8')).toBe('{"tidings-outbox":9}\n')
  })

  it('stays small however much goes through it (I7)', async () => {
    const storage = await open()
    const text = 'x'.repeat(10_000)
    await storage.put([makeRow('kept')])
    for (let n = 0; n < 100; n++) {
      await storage.put([makeRow(`row-${n}`, { frame: { text } })])
      await storage.remove([`row-${n}`])
    }
    expect((await stat(await path())).size).toBeLessThan(300 * 1024)
    await storage.close()
    const again = await open()
    expect(await again.load()).toEqual([makeRow('kept')])
    await again.close()
  })

  it('goes on whole behind a write that failed half way', async () => {
    const file = join(directory, 'journal')
    let isFull = false
    const fullDisk: typeof fs = {
      ...fs,
      open: async (...args: Parameters<typeof fs.open>) => {
        const handle = await fs.open(...args)
        const append = handle.appendFile.bind(handle)
        handle.appendFile = async (data) => {
          if (!isFull) return append(data)
          await append(String(data).slice(0, 20))
          throw new Error('disk full')
        }
        return handle
      },
    }
    const journal = await Journal.open(fullDisk, file)
    await journal.append({ put: [makeRow('a')] })
    isFull = true
    await expect(journal.append({ put: [makeRow('b')] })).rejects.toThrow('disk full')
    expect(journal.rows()).toEqual([makeRow('a')])
    isFull = false
    await journal.append({ put: [makeRow('c')] })
    await journal.close()
    const again = await Journal.open(fs, file)
    expect(again.rows()).toEqual([makeRow('a'), makeRow('c')])
    await again.close()
  })

  it('loses nothing where the file that took the place of the old one could not be opened', async () => {
    const file = join(directory, 'journal')
    let refusals = 0
    const busy: typeof fs = {
      ...fs,
      open: async (...args: Parameters<typeof fs.open>) => {
        if (args[1] === 'a' && refusals > 0 && refusals--) throw new Error('too many open files')
        return fs.open(...args)
      },
    }
    const journal = await Journal.open(busy, file)
    refusals = 1
    const large = makeRow('a', { frame: { text: 'x'.repeat(60_000) } })
    for (let n = 0; n < 5; n++) await journal.append({ put: [large] })
    await journal.append({ put: [makeRow('b')] })
    expect(refusals).toBe(0)
    await journal.close()
    const again = await Journal.open(fs, file)
    expect(again.rows()).toEqual([large, makeRow('b')])
    await again.close()
  })

  it('is had by one process alone, and by the next when that one has ended', async () => {
    const release = await locks.tryAcquire(`file:${join(directory, await nameOfFile())}`)
    await expect(open()).rejects.toThrow('in use by another process')
    release?.()
    await (await open()).close()
  })

  it('is opened again at once by whoever closed it without waiting', async () => {
    const first = await open()
    await first.put([makeRow('a')])
    const closing = first.close()
    const second = await open()
    expect(await second.load()).toEqual([makeRow('a')])
    await closing
    await second.put([makeRow('b')])
    await second.close()
  })

  it('is had by the next also when its file could not be closed', async () => {
    const { open: openFile } = builtin
    builtin.open = async (...args) => {
      const handle = await openFile(...args)
      const close = handle.close.bind(handle)
      if (args[1] === 'a')
        handle.close = () => close().then(() => Promise.reject(new Error('input/output error')))
      return handle
    }
    const first = await open().finally(() => {
      builtin.open = openFile
    })
    await first.put([makeRow('a')])
    const second = first.close().then(open, open)
    await first.close().catch(() => {})
    expect(await (await second).load()).toEqual([makeRow('a')])
    await (await second).close()
  })

  async function nameOfFile(): Promise<string> {
    await (await open()).close()
    return (await readdir(directory))[0] ?? ''
  }
})
