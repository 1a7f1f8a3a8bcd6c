import { afterAll, describe, it } from 'vitest'
import { writeInstallation } from '../../src/adapters/sql/installation.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { messageStoreContract, type StoreHarness } from '../../src/ports/contract/message-store.js'
import { sharedDataDir } from './data-dir.js'

const dataDir = sharedDataDir()
afterAll(() => dataDir.remove())

async function sqliteHarness(): Promise<StoreHarness> {
  const { driver, installation } = await dataDir.open()
  return {
    async open(generation) {
      const session = await driver.begin()
      await writeInstallation(session, { ...installation, generation })
      await session.commit()
      return createSqlMessageStore(driver)
    },
    close: () => dataDir.clear(),
  }
}

messageStoreContract(
  'the store on SQLite',
  sqliteHarness,
  { transactional: true },
  { describe, it },
)
