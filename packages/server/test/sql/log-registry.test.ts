import { describe, it } from 'vitest'
import { createSqlLogRegistry } from '../../src/adapters/sql/log-registry.js'
import { logRegistryContract } from '../../src/ports/contract/log-registry.js'
import { testDataDir } from './data-dir.js'

logRegistryContract(
  'SQLite',
  async () => {
    const dataDir = await testDataDir()
    let opened = await dataDir.open()
    return {
      open: async () => createSqlLogRegistry(opened.driver),
      async restart() {
        await opened.close()
        opened = await dataDir.open()
        return createSqlLogRegistry(opened.driver)
      },
      close: () => dataDir.remove(),
    }
  },
  { describe, it },
)
