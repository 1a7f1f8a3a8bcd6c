import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { StoreTables } from '../../src/adapters/memory/store-tables.js'
import type { StoreHarness } from '../../src/ports/contract/message-store.js'
import { type MessageStore, StoreUnavailable } from '../../src/ports/message-store.js'

/** The store in memory under test, perhaps with something broken around it. */
export function memoryStoreHarness(
  writes: 'steps' | 'whole',
  wrap: (store: MessageStore) => MessageStore = (store) => store,
): () => Promise<StoreHarness> {
  return async () => {
    const tables = new StoreTables()
    let tearAfter: number | undefined
    return {
      async open(generation) {
        let done = 0
        const store = createMemoryMessageStore({
          tables,
          writes,
          generation,
          onStep: (_, apply) => {
            if (done++ === tearAfter) throw new StoreUnavailable('torn')
            apply()
          },
        })
        return wrap({
          ...store,
          async write(batch) {
            done = 0
            await store.write(batch).finally(() => {
              tearAfter = undefined
            })
          },
        })
      },
      tearNextWrite(steps) {
        tearAfter = steps
      },
      async close() {},
    }
  }
}
