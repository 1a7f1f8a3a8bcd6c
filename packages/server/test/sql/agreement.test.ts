import { afterAll, describe, it } from 'vitest'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { expectAgreement } from './agreement.js'
import { sharedDataDir } from './data-dir.js'

const dataDir = sharedDataDir()
afterAll(() => dataDir.remove())

describe('the store on SQLite', () => {
  it('tells the same as the store in memory, whatever happened, however it was cut into batches', async () => {
    const { driver } = await dataDir.open()
    await expectAgreement(createSqlMessageStore(driver), () => dataDir.clear(), 100)
  })
})
