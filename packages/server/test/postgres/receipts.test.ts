import { afterAll, describe, it } from 'vitest'
import { createSqlReceipts } from '../../src/adapters/sql/receipts.js'
import { receiptsContract } from '../../src/ports/contract/receipts.js'
import { useService } from '../services/use-service.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
const [here, there] = [await database.open(), await database.open()]

receiptsContract(
  'The receipts on PostgreSQL',
  async () => ({
    receipts: createSqlReceipts(here.driver),
    open: async () => createSqlReceipts(there.driver),
    close: () => database.clear(),
  }),
  { describe, it },
)
