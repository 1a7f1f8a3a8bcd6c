import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import type { SqlHealth } from '../../src/adapters/sql/driver.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { StoreUnavailable } from '../../src/ports/message-store.js'
import { inDataDir, type TestDataDir } from './data-dir.js'
import { runOwner } from './owner.js'

/** Opens a folder and keeps hold of its threads, in the order in which they start: the writer first. */
async function opened(dataDir: TestDataDir) {
  const threads: Worker[] = []
  const onWorker = (worker: Worker) => void threads.push(worker)
  process.on('worker', onWorker)
  const seen: SqlHealth[] = []
  const data = await dataDir.open({ onTrouble: (health) => seen.push(health) })
  return {
    ...data,
    threads,
    seen,
    store: createSqlMessageStore(data.driver),
    async close() {
      process.off('worker', onWorker)
      await data.close()
    },
  }
}

const WAIT = { timeout: 30_000 }

describe('when a thread of the store dies', () => {
  it(
    'I1: what was in flight rejects as unavailable, and the same write is taken afterwards',
    inDataDir(async (dataDir) => {
      const data = await opened(dataDir)
      const { store, threads, seen } = data
      const stream = new StreamBuilder('c').say('one').say('two')
      await store.write(stream.batch(0, 1))
      const [writer] = threads
      // while this holds the right to write, a write is in flight however fast the thread is
      const session = await data.driver.begin()
      const pending = store.write(stream.batch(1, 2))
      await Promise.all([
        expect(pending).rejects.toBeInstanceOf(StoreUnavailable),
        writer?.terminate(),
      ])
      expect(data.driver.health().state).toBe('restarting')
      await expect(store.write(stream.batch(1, 2))).rejects.toBeInstanceOf(StoreUnavailable)
      await vi.waitFor(() => expect(data.driver.health().state).toBe('up'), WAIT)
      expect(seen.map((health) => health.state)).toEqual(['restarting', 'up'])
      await session.rollback()
      await store.write(stream.batch(1, 2))
      expect((await store.heads(['c']))[0]?.headSeq).toBe(2)
      await data.close()
    }),
  )

  it(
    'a reader is replaced while writes go on',
    inDataDir(async (dataDir) => {
      const data = await opened(dataDir)
      const { store, threads } = data
      const reading = store.heads(['c'])
      await Promise.all([
        expect(reading).rejects.toBeInstanceOf(StoreUnavailable),
        threads[1]?.terminate(),
      ])
      await store.write(new StreamBuilder('c').say('one').batch())
      await vi.waitFor(() => expect(data.driver.health().state).toBe('up'), WAIT)
      expect((await store.heads(['c']))[0]?.headSeq).toBe(1)
      await data.close()
    }),
  )

  it(
    'again and again, it is given up, and every call says so',
    inDataDir(async (dataDir) => {
      const data = await opened(dataDir)
      const { store, threads, seen } = data
      const onWorker = (worker: Worker) => void worker.terminate()
      process.on('worker', onWorker)
      await threads[0]?.terminate()
      await vi.waitFor(() => expect(data.driver.health().state).toBe('failed'), WAIT)
      process.off('worker', onWorker)
      expect(seen.at(-1)).toMatchObject({ state: 'failed' })
      const write = store.write(new StreamBuilder('c').say('one').batch())
      await expect(write).rejects.toBeInstanceOf(StoreUnavailable)
      await data.close()
    }),
  )

  it(
    'and the folder is closed while it is started again, that thread has let go of the folder too',
    inDataDir(async (dataDir) => {
      const data = await opened(dataDir)
      const restarted = new Promise((resolve) => process.once('worker', resolve))
      await data.threads[0]?.terminate()
      await restarted
      await data.close()
      expect(data.threads.map((thread) => thread.threadId)).toEqual([-1, -1, -1])
      await (await dataDir.open()).close()
    }),
  )

  it(
    'R10: and another process has owned the folder meanwhile, nothing more is written here',
    inDataDir(async (dataDir) => {
      const data = await opened(dataDir)
      const { store, threads } = data
      // what another owner leaves
      const other = new DatabaseSync(join(dataDir.path, 'tidings.db'))
      other.exec("UPDATE meta SET value = '2' WHERE key = 'generation'")
      other.close()
      await threads[0]?.terminate()
      await vi.waitFor(() => expect(data.driver.health().state).toBe('failed'), WAIT)
      expect(data.driver.health().reason).toContain('another process')
      const write = store.write(new StreamBuilder('c').say('one').batch())
      await expect(write).rejects.toBeInstanceOf(StoreUnavailable)
      await data.close()
    }),
  )

  it(
    'R10: and another process holds the folder, nothing more is written here',
    inDataDir(async (dataDir) => {
      const data = await opened(dataDir)
      const { store, threads } = data
      const onWorker = (worker: Worker) => void worker.terminate()
      process.on('worker', onWorker)
      await threads[0]?.terminate()
      const thief = await runOwner(dataDir.path)
      process.off('worker', onWorker)
      await vi.waitFor(() => expect(data.driver.health().state).toBe('failed'), WAIT)
      const write = store.write(new StreamBuilder('c').say('one').batch())
      await expect(write).rejects.toBeInstanceOf(StoreUnavailable)
      await thief.kill()
      await data.close()
    }),
  )
})
