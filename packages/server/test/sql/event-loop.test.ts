import { join } from 'node:path'
import { setTimeout as turn } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { inDataDir } from './data-dir.js'

/** Counts up inside the engine: keeps a thread as busy as a slow disk keeps it waiting. */
const BUSY = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
  SELECT count(*) AS n FROM n`
/** More than a loop has that stands still between the steps. */
const TURNS = 10

/** Holds the right to write from another thread, as a slow disk does; should nobody release it, for half a minute. */
async function holdWriter(dataDir: string): Promise<{ readonly release: () => Promise<void> }> {
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const holder = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
    const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(workerData.file)
    database.exec('BEGIN IMMEDIATE')
    parentPort.postMessage('held')
    Atomics.wait(workerData.gate, 0, 0, 30_000)
    database.exec('ROLLBACK')
    database.close()`,
    { eval: true, workerData: { file: join(dataDir, 'tidings.db'), gate } },
  )
  await new Promise((resolve) => holder.once('message', resolve))
  const released = new Promise<void>((resolve) => holder.once('exit', () => resolve()))
  return {
    release() {
      Atomics.store(gate, 0, 1)
      Atomics.notify(gate, 0)
      return released
    },
  }
}

describe('the loop that serves sockets', () => {
  it(
    'goes on while a write takes long',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      const stream = new StreamBuilder('c').say('hello')
      const { release } = await holdWriter(dataDir.path)
      let isWritten = false
      const writing = store.write(stream.batch()).then(() => {
        isWritten = true
      })
      for (let i = 0; i < TURNS; i++) await turn(5)
      expect(isWritten).toBe(false)
      await release()
      await writing
    }),
  )

  it(
    'goes on while reads take long',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      await store.write(new StreamBuilder('c').say('hello').batch())
      const answered: string[] = []
      const note = (what: string) => () => answered.push(what)
      const reading = Promise.all([
        driver.query([{ sql: BUSY, rows: [[15_000_000]] }]).then(note('busy')),
        // everything that reads waits for the one thread that does
        store
          .load({
            below: { generation: 9, partition: 0, offset: 0 },
            channels: ['c'],
            ids: [],
            targets: [],
          })
          .then(note('load')),
        store.pages([{ channelId: 'c', direction: 'forward', limit: 10 }]).then(note('pages')),
        store.seqAtTime('c', 0).then(note('seqAtTime')),
      ])
      for (let i = 0; i < TURNS; i++) await turn(5)
      expect(answered).toEqual([])
      await reading
    }),
  )

  it(
    'reads on one thread while the other writes',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      await store.write(new StreamBuilder('c').say('hello').batch())
      const { release } = await holdWriter(dataDir.path)
      let isWritten = false
      const second = new StreamBuilder('d', { firstOffset: 1 }).say('there')
      const writing = store.write(second.batch()).then(() => {
        isWritten = true
      })
      await store.heads(['c'])
      expect(isWritten).toBe(false)
      await release()
      await writing
    }),
  )
})
