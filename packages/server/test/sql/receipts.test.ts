import { afterAll, describe, it } from 'vitest'
import { createSqlReceipts } from '../../src/adapters/sql/receipts.js'
import { receiptsContract } from '../../src/ports/contract/receipts.js'
import { sharedDataDir } from './data-dir.js'

const dataDir = sharedDataDir()
afterAll(() => dataDir.remove())

receiptsContract(
  'The receipts on SQLite',
  async () => {
    const { driver } = await dataDir.open()
    return {
      receipts: createSqlReceipts(driver),
      open: async () => createSqlReceipts(driver),
      close: () => dataDir.clear(),
    }
  },
  { describe, it },
)
