import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeEnvironment as environment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import type { OpenDataDir } from '../../src/adapters/sql/sqlite/open.js'
import { backup } from '../../src/maintenance/backup.js'
import { check } from '../../src/maintenance/check.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { inDataDir } from '../sql/data-dir.js'

/** Writes to a channel, one message after the other, until it is told to stop. */
function load({ driver, installation }: OpenDataDir, channelId: string, firstOffset = 0) {
  const store = createSqlMessageStore(driver)
  const stream = new StreamBuilder(channelId, { generation: installation.generation, firstOffset })
  const counts = { acknowledged: 0 }
  let stopped = false
  const written = (async () => {
    while (!stopped && counts.acknowledged < 100_000) {
      const from = counts.acknowledged
      for (let i = 0; i < 10; i++) stream.say(`message ${from + i} ${'x'.repeat(500)}`)
      await store.write(stream.batch(from, from + 10))
      counts.acknowledged += 10
    }
  })()
  return {
    counts,
    async until(acknowledged: number) {
      while (counts.acknowledged < acknowledged) await new Promise(setImmediate)
    },
    async stop() {
      stopped = true
      await written
      return counts.acknowledged
    },
  }
}

describe('a backup', () => {
  it(
    'I1: of a running server holds everything acknowledged before it began, whole and consistent',
    inDataDir(async (dataDir) => {
      const data = await dataDir.open()
      const directory = createSqlDirectory(data.driver, environment)
      await directory.upsertWorkspace({ workspaceId: 'w' })
      await directory.setWorkspaceMember({ workspaceId: 'w', userId: 'a', role: 'member' })
      await directory.upsertChannel({
        channelId: 'c',
        workspaceId: 'w',
        kind: 'public',
        ownerId: 'a',
      })
      const running = load(data, 'c')
      await running.until(500)
      const before = running.counts.acknowledged
      const to = join(dataDir.path, 'backup')
      const manifest = await backup(data, { to, environment })
      await running.until(running.counts.acknowledged + 50)
      const acknowledged = await running.stop()
      expect(manifest).toMatchObject({ format: 1, generation: 1, bucketSize: 1000, partitions: 1 })
      expect(manifest.bytes).toBe((await stat(join(to, 'tidings.db'))).size)

      const report = await check(to)
      expect(report.findings).toEqual([])
      expect(report.channels).toBe(1)
      expect(report.events).toBeGreaterThanOrEqual(before)
      expect(report.events).toBeLessThan(acknowledged)
      expect((await check(dataDir.path)).findings).toEqual([])
    }),
  )

  it(
    'says how far it is, and is for this user alone',
    inDataDir(async (dataDir) => {
      const data = await dataDir.open()
      const progress: { copied: number; total: number }[] = []
      const to = join(dataDir.path, 'deep', 'backup')
      await backup(data, { to, environment, onProgress: (now) => progress.push(now) })
      const last = progress.at(-1)
      expect(last?.copied).toBe(last?.total)
      expect(progress.every(({ copied, total }) => copied <= total)).toBe(true)
      expect((await stat(to)).mode & 0o777).toBe(0o700)
      for (const name of await readdir(to)) {
        expect((await stat(join(to, name))).mode & 0o777).toBe(0o600)
      }
    }),
  )

  it(
    'fails, and nothing else does, where whoever is told of progress throws',
    inDataDir(async (dataDir) => {
      const data = await dataDir.open()
      const unheard: unknown[] = []
      const onUnheard = (error: unknown): void => void unheard.push(error)
      process.on('unhandledRejection', onUnheard)
      const to = join(dataDir.path, 'backup')
      const onProgress = (): never => {
        throw new Error('no screen')
      }
      const made = backup(data, { to, environment, onProgress })
      await expect(made).rejects.toMatchObject({ code: 'failed' })
      process.off('unhandledRejection', onUnheard)
      expect(unheard).toEqual([])
      await expect(stat(to)).rejects.toMatchObject({ code: 'ENOENT' })
    }),
  )

  it(
    'leaves no timer, and says no more, when it ends while its progress is looked at',
    inDataDir(async (dataDir) => {
      const data = await dataDir.open()
      const timers = new Map<unknown, () => void>()
      const counted: typeof environment = {
        ...environment,
        setTimer(callback) {
          const timer = Symbol('timer')
          timers.set(timer, callback)
          return timer
        },
        clearTimer: (timer) => void timers.delete(timer),
      }
      let told = 0
      const onProgress = () => {
        told++
        if (told === 1) for (const run of [...timers.values()]) run()
      }
      await backup(data, { to: join(dataDir.path, 'backup'), environment: counted, onProgress })
      expect([told, timers.size]).toEqual([1, 0])
    }),
  )

  it(
    'goes only into an empty folder',
    inDataDir(async (dataDir) => {
      const data = await dataDir.open()
      const to = join(dataDir.path, 'used')
      await mkdir(to)
      await writeFile(join(to, 'mine'), 'mine')
      await expect(backup(data, { to, environment })).rejects.toMatchObject({ code: 'not_empty' })
      expect(await readFile(join(to, 'mine'), 'utf8')).toBe('mine')
      const file = backup(data, { to: join(to, 'mine'), environment })
      await expect(file).rejects.toMatchObject({ code: 'not_writable' })
    }),
  )

  it(
    'that is aborted leaves nothing behind, and the server goes on',
    inDataDir(async (dataDir) => {
      const data = await dataDir.open()
      const running = load(data, 'c')
      await running.until(200)
      const abort = new AbortController()
      const to = join(dataDir.path, 'backup')
      const made = backup(data, {
        to,
        environment,
        signal: abort.signal,
        onProgress: () => abort.abort(new Error('enough')),
      })
      await expect(made).rejects.toThrow('enough')
      await expect(stat(to)).rejects.toMatchObject({ code: 'ENOENT' })
      await running.until(running.counts.acknowledged + 10)
      await running.stop()
    }),
  )

  it(
    'of damaged data fails, and does not pass for a backup',
    inDataDir(async (dataDir) => {
      const first = await dataDir.open()
      const running = load(first, 'c')
      await running.until(500)
      await running.stop()
      await first.close()
      const file = join(dataDir.path, 'tidings.db')
      await truncate(file, (await stat(file)).size - 100 * 8192)
      const to = join(dataDir.path, 'backup')
      await expect(backup({ dataDir: dataDir.path }, { to, environment })).rejects.toThrow(/backup/)
      await expect(stat(join(to, 'manifest.json'))).rejects.toMatchObject({ code: 'ENOENT' })
    }),
  )
})
