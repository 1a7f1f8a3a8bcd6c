import { afterAll, describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import type { SqlDriver } from '../../src/adapters/sql/driver.js'
import { createSqlReceipts } from '../../src/adapters/sql/receipts.js'
import { sharedDataDir } from './data-dir.js'

const dataDir = sharedDataDir()
afterAll(() => dataDir.remove())

describe('what crosses to the database', () => {
  it('is one message for all who say hello in one turn, whatever is asked for them', async () => {
    const { driver } = await dataDir.open()
    let crossings = 0
    const counted: SqlDriver = {
      ...driver,
      query(reads) {
        crossings++
        return driver.query(reads)
      },
    }
    const directory = createSqlDirectory(counted, nodeEnvironment)
    const receipts = createSqlReceipts(counted)
    const userIds = ['a', 'b', 'c']
    for (const userId of userIds) await directory.upsertUser({ userId, name: `The ${userId}` })
    crossings = 0

    const known = await Promise.all(
      userIds.map(async (userId) => {
        const [user] = await Promise.all([
          directory.upsertUser({ userId }),
          directory.membershipsOf(userId),
          receipts.ofUser(userId),
        ])
        return user.name
      }),
    )

    expect(known).toEqual(['The a', 'The b', 'The c'])
    expect(crossings).toBe(1)
  })
})
