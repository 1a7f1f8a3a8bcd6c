import { IDBDatabase, IDBFactory, IDBTransaction } from 'fake-indexeddb'
import { describe, expect, it, vi } from 'vitest'
import { createIndexedDbStorage } from '../../src/storage/indexeddb.js'
import type { OutboxRow } from '../../src/storage/port.js'
import { storageContract } from './contract.js'
import { PATIENCE } from './patience.js'
import { KEY, makeRow } from './rows.js'

describe('the outbox storage in IndexedDB', () => {
  storageContract(async () => {
    const factory = new IDBFactory()
    const open = createIndexedDbStorage(factory)
    return { open, reopen: createIndexedDbStorage(factory), cleanUp: async () => {} }
  })

  it('says that its rows are on disk', async () => {
    const storage = await createIndexedDbStorage(new IDBFactory())(KEY)
    expect(storage.durability).toBe('disk')
    await storage.close()
  })

  it('leaves rows of a form that it does not know alone', async () => {
    const open = createIndexedDbStorage(new IDBFactory())
    const storage = await open(KEY)
    const newer = { ...makeRow('newer'), v: 2 } as unknown as OutboxRow
    await storage.put([newer, makeRow('known')])
    expect(await storage.load()).toEqual([makeRow('known')])
    expect(await storage.adopt('one', 'two')).toEqual([makeRow('known', { owner: 'two' })])
    await storage.close()
  })

  it('names the database by the version of its form, and never upgrades one', async () => {
    const factory = new IDBFactory()
    const storage = await createIndexedDbStorage(factory)(KEY)
    const [database] = await factory.databases()
    expect(database).toEqual({
      name: `tidings-outbox-1:${JSON.stringify([KEY.url, KEY.userId])}`,
      version: 1,
    })
    await storage.close()
  })

  it('commits a write in the turn that asks for it, so that the end of the page loses nothing', async () => {
    const storage = await createIndexedDbStorage(new IDBFactory())(KEY)
    const commit = vi.spyOn(IDBTransaction.prototype, 'commit')
    const written = storage.put([makeRow('a'), makeRow('b')])
    expect(commit).toHaveBeenCalledTimes(1)
    await written
    expect(await storage.load()).toHaveLength(2)
    commit.mockRestore()
    await storage.close()
  })

  it('does not stand in the way of whoever deletes the database, and then refuses writes', async () => {
    const factory = new IDBFactory()
    const storage = await createIndexedDbStorage(factory)(KEY)
    const [database] = await factory.databases()
    await new Promise<void>((resolve, reject) => {
      const request = factory.deleteDatabase(database?.name ?? '')
      request.onsuccess = () => resolve()
      request.onblocked = () => reject(new Error('blocked'))
    })
    await expect(storage.put([makeRow('a')])).rejects.toThrow()
  })

  it('goes on with another connection when the browser has ended its own', async () => {
    const storage = await createIndexedDbStorage(new IDBFactory())(KEY)
    await storage.put([makeRow('before')])
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    let ended: IDBDatabase | undefined
    transaction.mockImplementationOnce(function (this: IDBDatabase) {
      ended = this
      throw new DOMException('The connection was lost', 'InvalidStateError')
    })
    await expect(storage.put([makeRow('lost')])).rejects.toThrow('The connection was lost')
    await vi.waitFor(async () => {
      await storage.put([makeRow('after')])
      expect(transaction.mock.contexts.at(-1)).not.toBe(ended)
    }, PATIENCE)
    expect((await storage.load()).map(({ id }) => id).sort()).toEqual(['after', 'before'])
    transaction.mockRestore()
    await storage.close()
  })

  it('keeps no more than one of them when two writes found its own ended', async () => {
    const factory = new IDBFactory()
    const opens = vi.spyOn(factory, 'open')
    const storage = await createIndexedDbStorage(factory)(KEY)
    const closes = vi.spyOn(IDBDatabase.prototype, 'close')
    const transaction = vi.spyOn(IDBDatabase.prototype, 'transaction')
    for (const _ of ['put', 'remove']) {
      transaction.mockImplementationOnce(() => {
        throw new DOMException('The connection was lost', 'InvalidStateError')
      })
    }
    const both = [storage.put([makeRow('lost')]), storage.remove(['gone'])]
    for (const write of both) await expect(write).rejects.toThrow('The connection was lost')
    await vi.waitFor(async () => {
      await storage.put([makeRow('after')])
      expect(new Set(closes.mock.contexts).size).toBe(opens.mock.calls.length - 1)
    }, PATIENCE)
    await storage.close()
    expect(new Set(closes.mock.contexts).size).toBe(opens.mock.calls.length)
    transaction.mockRestore()
    closes.mockRestore()
  })
})
