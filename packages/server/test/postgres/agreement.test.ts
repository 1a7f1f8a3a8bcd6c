import { afterAll, describe, it } from 'vitest'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { useService } from '../services/use-service.js'
import { expectAgreement } from '../sql/agreement.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
const { driver } = await database.open()

describe('the store on PostgreSQL', () => {
  it('tells the same as the store in memory, whatever happened, however it was cut into batches', async () => {
    const store = createSqlMessageStore(driver, { followsLog: true })
    await expectAgreement(store, () => database.clear(), 60)
  })
})
