import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { turns } from '../../src/ports/contract/runner.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { StoreConflict, StoreUnavailable } from '../../src/ports/message-store.js'
import { inDataDir } from './data-dir.js'

/** Commits in the write-ahead log: each ends with a frame that states the size of the database. */
async function commitsIn(dataDir: string): Promise<number> {
  const log = await readFile(join(dataDir, 'tidings.db-wal'))
  const frame = 24 + log.readUInt32BE(8)
  let commits = 0
  for (let at = 32; at + frame <= log.length; at += frame) {
    if (log.readUInt32BE(at + 4) !== 0) commits += 1
  }
  return commits
}

const says = (channelId: string, firstOffset: number) =>
  new StreamBuilder(channelId, { firstOffset }).say(channelId)

describe('batches that wait for the writer together', () => {
  it(
    'are written together, and one that conflicts takes no other with it',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      const right = Array.from({ length: 20 }, (_, i) => says(`c${i}`, i))
      const wrong = says('c3', 99)
      const writes = right.map((stream) => store.write(stream.batch()))
      const conflicting = store.write(wrong.batch())
      writes.push(store.write(says('last', 50).batch()))
      await expect(conflicting).rejects.toBeInstanceOf(StoreConflict)
      await Promise.all(writes)
      const heads = await store.heads([...right.map((stream) => stream.channelId), 'last'])
      expect(heads.map((head) => head?.headSeq)).toEqual(Array.from({ length: 21 }, () => 1))
      expect(heads[3]?.position.offset).toBe(3)
    }),
  )

  it(
    'survive one that the engine itself refuses',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      const broken = driver.batch([{ sql: 'INSERT INTO nowhere VALUES (1)', rows: [[]] }])
      const before = store.write(says('a', 0).batch())
      const null_ = driver.batch([
        { sql: "INSERT INTO meta (key, value) VALUES ('x', NULL)", rows: [[]] },
      ])
      const after = store.write(says('b', 1).batch())
      await expect(broken).rejects.toThrow(/nowhere/)
      await expect(null_).rejects.toThrow(/NOT NULL/)
      await Promise.all([before, after])
      expect((await store.heads(['a', 'b'])).map((head) => head?.headSeq)).toEqual([1, 1])
    }),
  )

  it(
    'share one transaction',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      const database = new DatabaseSync(join(dataDir.path, 'tidings.db'))
      // while it cannot begin, everything else queues up behind the first
      database.exec('BEGIN IMMEDIATE')
      const before = await commitsIn(dataDir.path)
      const writes = [store.write(says('first', 0).batch())]
      await turns()
      for (let i = 0; i < 40; i++) writes.push(store.write(says(`c${i}`, i + 1).batch()))
      database.exec('ROLLBACK')
      database.close()
      await Promise.all(writes)
      expect((await commitsIn(dataDir.path)) - before).toBeLessThanOrEqual(3)
    }),
  )

  it(
    'wait for a transaction in steps, which ends when its time is over',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      const session = await driver.begin(50)
      await session.execute({ sql: "INSERT INTO meta VALUES ('x', 'y')", params: [] }, 'changes')
      // nobody ends it: its time does, and takes it back
      await store.write(says('c', 0).batch())
      await expect(session.commit()).rejects.toThrow(/took longer than 50 ms/)
      const sql = "SELECT value FROM meta WHERE key = 'x'"
      expect(await driver.query([{ sql, rows: [[]] }])).toEqual([[[]]])
    }),
  )

  it(
    'reject once the driver is closed',
    inDataDir(async (dataDir) => {
      const { driver, close } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      await close()
      await expect(store.write(says('c', 0).batch())).rejects.toBeInstanceOf(StoreUnavailable)
      await expect(store.heads(['c'])).rejects.toBeInstanceOf(StoreUnavailable)
    }),
  )
})
