import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { channelsWaiting, entriesOf } from '../../src/adapters/sql/directory/outbox.js'
import type { SqlDriver } from '../../src/adapters/sql/driver.js'
import { kyselyOver } from '../../src/adapters/sql/kysely.js'
import { type TestDataDir, testDataDir } from './data-dir.js'

let dataDir: TestDataDir
let driver: SqlDriver
let close: () => Promise<void>
let database: DatabaseSync
beforeAll(async () => {
  dataDir = await testDataDir()
  ;({ driver, close } = await dataDir.open())
  database = new DatabaseSync(join(dataDir.path, 'tidings.db'), { readOnly: true })
})
afterAll(async () => {
  database.close()
  await close()
  await dataDir.remove()
})

const planOf = (query: { compile(): { sql: string } }): readonly string[] =>
  database
    .prepare(`EXPLAIN QUERY PLAN ${query.compile().sql}`)
    .all()
    .map((row) => String(row.detail))

describe('what waits in one channel makes nothing slower for another', () => {
  it('R15: the channels that wait are found along the index, one step for each', () => {
    const steps = planOf(channelsWaiting(kyselyOver(driver), { limit: 10 }))
    const outbox = steps.filter((step) => /\b(SCAN|SEARCH) o\b/.test(step))
    expect(outbox).toHaveLength(2)
    for (const step of outbox) expect(step).toMatch(/^SEARCH o USING COVERING INDEX outbox_by_chan/)
  })

  it("R15: a channel's entries are read along the index, without sorting", () => {
    const steps = planOf(entriesOf(kyselyOver(driver), 'general', 10))
    expect(steps).toEqual([expect.stringMatching(/^SEARCH outbox USING INDEX outbox_by_channel/)])
  })
})
