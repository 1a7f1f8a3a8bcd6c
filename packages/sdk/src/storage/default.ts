import type { Environment } from '../environment/port.js'
import { createIndexedDbStorage } from './indexeddb.js'
import type { OpenOutboxStorage } from './port.js'

/**
 * Where this runtime keeps what must survive: IndexedDB in a page or worker, a file in Node and what
 * is made in its image. Rejects where there is neither: the outbox then goes on in memory.
 */
export const defaultStorage =
  ({ locks }: Environment): OpenOutboxStorage =>
  async (key) => {
    const { indexedDB, navigator, process } = globalThis
    if (indexedDB !== undefined) {
      // Without locks between tabs nobody could tell whose rows are left behind.
      if (navigator.locks === undefined) throw new Error('IndexedDB without Web Locks')
      return createIndexedDbStorage(indexedDB)(key)
    }
    if (process?.versions?.node === undefined) throw new Error('no storage in this runtime')
    const { createFileStorage } = await import('./file.js')
    return createFileStorage({ locks })(key)
  }
