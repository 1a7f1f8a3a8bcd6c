import { afterAll, describe, it } from 'vitest'
import { writeInstallation } from '../../src/adapters/sql/installation.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { messageStoreContract, type StoreHarness } from '../../src/ports/contract/message-store.js'
import { useService } from '../services/use-service.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
const { driver } = await database.open()

async function postgresHarness(): Promise<StoreHarness> {
  return {
    async open(generation) {
      const session = await driver.begin()
      await writeInstallation(session, {
        generation,
        bucketSize: 1_000,
        rulesVersion: 1,
        partitions: 1,
      })
      await session.commit()
      return createSqlMessageStore(driver)
    },
    close: () => database.clear(),
  }
}

messageStoreContract(
  'the store on PostgreSQL',
  postgresHarness,
  { transactional: true },
  { describe, it },
)
