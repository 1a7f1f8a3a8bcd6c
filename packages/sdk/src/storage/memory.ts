import type { OpenOutboxStorage, OutboxRow } from './port.js'

/**
 * Rows in this process, shared by all who open the same key; gone with it. For whoever wants nothing
 * on disk, and for tests, which may call it a disk to let rows outlive a client.
 */
export function createMemoryStorage(durability: 'disk' | 'memory' = 'memory'): OpenOutboxStorage {
  const stores = new Map<string, Map<string, OutboxRow>>()
  return async ({ url, userId }) => {
    const key = JSON.stringify([url, userId])
    const rows = stores.get(key) ?? new Map<string, OutboxRow>()
    stores.set(key, rows)
    return {
      durability,
      load: async () => [...rows.values()],
      async put(changed) {
        for (const row of changed) rows.set(row.id, row)
      },
      async adopt(from, to) {
        const adopted = [...rows.values()]
          .filter((row) => row.owner === from)
          .map((row) => ({ ...row, owner: to }))
        for (const row of adopted) rows.set(row.id, row)
        return adopted
      },
      async remove(ids) {
        for (const id of ids) rows.delete(id)
      },
      async close() {},
    }
  }
}
