import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { turns } from '../../src/ports/contract/runner.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { inDataDir, type TestDataDir } from './data-dir.js'
import { runOwner } from './owner.js'

/** A connection of the test's own, beside those of the store. */
function beside(dataDir: TestDataDir): DatabaseSync {
  return new DatabaseSync(join(dataDir.path, 'tidings.db'))
}

const headSeq = (database: DatabaseSync): unknown =>
  database.prepare("SELECT head_seq FROM heads WHERE channel_id = 'c'").get()?.head_seq

describe('I1: the store on SQLite', () => {
  it(
    'syncs the disk at every commit: the writing connection itself says so',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      expect(driver.writer).toMatchObject({ synchronous: 2, journalMode: 'wal' })
    }),
  )

  it(
    'acknowledges after the commit: while none is possible nothing resolves, and afterwards everybody sees it',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      const stream = new StreamBuilder('c').say('hello')
      const database = beside(dataDir)
      database.exec('BEGIN IMMEDIATE')
      let acknowledged = false
      const written = store.write(stream.batch()).then(() => {
        acknowledged = true
        // in the very turn of the acknowledgement
        return headSeq(database)
      })
      await turns(200)
      expect(acknowledged).toBe(false)
      database.exec('ROLLBACK')
      expect(await written).toBe(1)
      database.close()
    }),
  )

  it(
    'loses nothing that was acknowledged when its process is killed',
    inDataDir(async (dataDir) => {
      const owner = await runOwner(dataDir.path, 'writes')
      let acknowledged = 0
      while (acknowledged < 50) acknowledged = Number(await owner.line())
      await owner.kill()
      const { driver } = await dataDir.open()
      const [head] = await createSqlMessageStore(driver).heads(['c'])
      expect(head?.headSeq).toBeGreaterThanOrEqual(acknowledged)
    }),
  )
})
