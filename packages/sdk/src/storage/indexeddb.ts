import type { OpenOutboxStorage, OutboxRow } from './port.js'

const ROWS = 'rows'

/**
 * One database per (url, user id). Its name carries the version of the form, so two versions of the
 * SDK in two tabs never wait for each other's upgrade; rows of another form are left alone.
 */
export const createIndexedDbStorage =
  (factory: IDBFactory): OpenOutboxStorage =>
  async ({ url, userId }) => {
    let isOver = false
    const open = async (): Promise<IDBDatabase> => {
      const name = `tidings-outbox-1:${JSON.stringify([url, userId])}`
      const opened = await openDatabase(factory, name)
      // Somebody deletes the database: do not stand in the way. The next write fails and says so.
      opened.onversionchange = () => end(opened)
      return opened
    }
    const end = (opened: IDBDatabase): void => {
      isOver = true
      opened.close()
    }
    let db = await open()

    /** The browser ended the connection, as some do to pages in the background: the next try has another. */
    const openAnew = async (): Promise<void> => {
      const opened = await open()
      // Two writes of one turn find the old one ended: of theirs, one stays.
      if (isOver) opened.close()
      else {
        db.close()
        db = opened
      }
    }

    /** Resolves with what `work` found once the transaction is on disk. */
    const transact = <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => () => T) =>
      new Promise<T>((resolve, reject) => {
        let transaction: IDBTransaction
        try {
          transaction = db.transaction(ROWS, mode, { durability: 'strict' })
        } catch (error) {
          if (!isOver) openAnew().catch(() => {})
          throw error
        }
        const found = work(transaction.objectStore(ROWS))
        transaction.oncomplete = () => resolve(found())
        transaction.onabort = () => reject(transaction.error)
      })

    /** Committed at once, so that it is on its way to the disk even when the page ends now. */
    const change = (work: (store: IDBObjectStore) => void) =>
      transact('readwrite', (store) => {
        work(store)
        store.transaction.commit()
        return () => {}
      })

    return {
      durability: 'disk',
      load: () =>
        transact('readonly', (store) => {
          const all = store.getAll()
          return () => all.result.filter(isKnown)
        }),
      put: (rows) =>
        change((store) => {
          for (const row of rows) store.put(row)
        }),
      adopt: (from, to) =>
        transact('readwrite', (store) => {
          let adopted: OutboxRow[] = []
          const theirs = store.index('owner').getAll(from)
          theirs.onsuccess = () => {
            adopted = theirs.result.filter(isKnown).map((row) => ({ ...row, owner: to }))
            for (const row of adopted) store.put(row)
          }
          return () => adopted
        }),
      remove: (ids) =>
        change((store) => {
          for (const id of ids) store.delete(id)
        }),
      close: async () => end(db),
    }
  }

const isKnown = (row: OutboxRow): boolean => row.v === 1

function openDatabase(factory: IDBFactory, name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1)
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore(ROWS, { keyPath: 'id' })
      store.createIndex('owner', 'owner')
    }
    request.onerror = () => reject(request.error)
    request.onsuccess = () => resolve(request.result)
  })
}
