import { createIndexedDbStorage } from './indexeddb.js'
import type { OpenOutboxStorage } from './port.js'

/** IndexedDB, where tabs can tell whose rows are left behind; else it rejects. */
export const browserStorage: OpenOutboxStorage = async (key) => {
  const { indexedDB, navigator } = globalThis
  if (indexedDB === undefined) throw new Error('no IndexedDB in this runtime')
  if (navigator.locks === undefined) throw new Error('IndexedDB without Web Locks')
  return createIndexedDbStorage(indexedDB)(key)
}
