import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { inDataDir } from './data-dir.js'

/** Counts up inside the engine: keeps a thread as busy as a slow disk keeps it waiting. */
const BUSY = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
  SELECT count(*) AS n FROM n`
const SLOW_MS = 3_000
/** Far below the slowness, far above what a busy machine does to a loop by itself. */
const GAP_MAX_MS = 1_500

/** Holds the right to write from another thread, as long as a disk might take. */
async function holdWriter(dataDir: string): Promise<{ readonly released: Promise<void> }> {
  const holder = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads')
    const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(workerData.file)
    database.exec('BEGIN IMMEDIATE')
    parentPort.postMessage('held')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, workerData.ms)
    database.exec('ROLLBACK')
    database.close()`,
    { eval: true, workerData: { file: join(dataDir, 'tidings.db'), ms: SLOW_MS } },
  )
  await new Promise((resolve) => holder.once('message', resolve))
  return { released: new Promise((resolve) => holder.once('exit', () => resolve())) }
}

/** The longest that the loop stood still while something went on. */
async function longestGapMs(during: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  await during()
  delay.disable()
  return delay.max / 1e6
}

describe('the loop that serves sockets', () => {
  it(
    'goes on while a write takes long',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      const stream = new StreamBuilder('c').say('hello')
      let tookMs = 0
      const gapMs = await longestGapMs(async () => {
        const { released } = await holdWriter(dataDir.path)
        const from = performance.now()
        await store.write(stream.batch())
        tookMs = performance.now() - from
        await released
      })
      expect(tookMs).toBeGreaterThan(SLOW_MS / 2)
      expect(gapMs).toBeLessThan(GAP_MAX_MS)
    }),
  )

  it(
    'goes on while reads take long',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      await store.write(new StreamBuilder('c').say('hello').batch())
      let tookMs = 0
      const gapMs = await longestGapMs(async () => {
        const from = performance.now()
        const busy = driver.query([{ sql: BUSY, rows: [[15_000_000]] }])
        // everything that reads waits for the one thread that does
        await store.load({
          below: { generation: 9, partition: 0, offset: 0 },
          channels: ['c'],
          ids: [],
          targets: [],
        })
        await store.pages([{ channelId: 'c', direction: 'forward', limit: 10 }])
        await store.seqAtTime('c', 0)
        await busy
        tookMs = performance.now() - from
      })
      expect(tookMs).toBeGreaterThan(GAP_MAX_MS)
      expect(gapMs).toBeLessThan(GAP_MAX_MS)
    }),
  )

  it(
    'reads on one thread while the other writes',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const store = createSqlMessageStore(driver)
      await store.write(new StreamBuilder('c').say('hello').batch())
      const { released } = await holdWriter(dataDir.path)
      const order: string[] = []
      const second = new StreamBuilder('d', { firstOffset: 1 }).say('there')
      await Promise.all([
        store.write(second.batch()).then(() => order.push('written')),
        store.heads(['c']).then(() => order.push('read')),
      ])
      expect(order).toEqual(['read', 'written'])
      await released
    }),
  )
})
