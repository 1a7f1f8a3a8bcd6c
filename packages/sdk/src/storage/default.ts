import type { Environment } from '../environment/port.js'
import { browserStorage } from './browser.js'
import type { OpenOutboxStorage } from './port.js'

/**
 * Where this runtime keeps what must survive: IndexedDB in a page or worker, a file in Node and what
 * is made in its image. Rejects where there is neither: the outbox then goes on in memory.
 */
export const defaultStorage =
  ({ locks }: Environment): OpenOutboxStorage =>
  async (key) => {
    const { indexedDB, process } = globalThis
    if (indexedDB !== undefined || process?.versions?.node === undefined) return browserStorage(key)
    const { createFileStorage } = await import('./file.js')
    return createFileStorage({ locks })(key)
  }
