import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nodeEnvironment as environment } from '../../src/adapters/node/environment.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { DataDirInUse } from '../../src/adapters/sql/sqlite/data-dir-errors.js'
import { backup } from '../../src/maintenance/backup.js'
import { check } from '../../src/maintenance/check.js'
import { restore } from '../../src/maintenance/restore.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { inDataDir } from '../sql/data-dir.js'

describe('a restore', () => {
  async function backedUp(dataDir: Parameters<Parameters<typeof inDataDir>[0]>[0]) {
    const data = await dataDir.open()
    const store = createSqlMessageStore(data.driver)
    const kept = new StreamBuilder('c').say('one').say('two').edit(1, 'uno')
    const other = new StreamBuilder('d', { firstOffset: 3 }).say('there')
    await store.write(kept.batch())
    await store.write(other.batch())
    const from = join(dataDir.path, 'backup')
    await backup(data, { to: from, environment })
    const lost = new StreamBuilder('c', { state: kept.state, firstOffset: 4 })
      .say('lost')
      .say('too')
    await store.write(lost.batch())
    return { data, from, kept, lost }
  }

  it(
    'R10: raises the generation, and gives every channel an epoch that starts at its restored head',
    inDataDir(async (dataDir) => {
      const { data, from, kept } = await backedUp(dataDir)
      await data.close()
      await (await dataDir.open()).close()
      await (await dataDir.open()).close()
      const path = dataDir.path
      const now = () => 1_800_000_000_000
      const report = await restore({
        from,
        dataDir: path,
        force: true,
        environment: { ...environment, now },
      })
      // above that of the data it replaced, which had been started twice since
      expect(report).toEqual({ generation: 4, epoch: 1_800_000_000, channels: 2 })
      expect((await check(path)).findings).toEqual([])

      const restored = await dataDir.open()
      expect(restored.installation.generation).toBe(5)
      const store = createSqlMessageStore(restored.driver)
      const [c, d] = await store.heads(['c', 'd'])
      expect(c).toMatchObject({ epoch: 1_800_000_000, headSeq: 3, messageCount: 2 })
      expect(c?.epochs).toEqual([
        { epoch: 1, fromSeq: 0 },
        { epoch: 1_800_000_000, fromSeq: 3 },
      ])
      expect(d).toMatchObject({ epoch: 1_800_000_000, headSeq: 1 })

      // what the channel goes on with is numbered in the new epoch, behind what was restored
      const below = { generation: 5, partition: 0, offset: 0 }
      const ids = [kept.idRow(0).id]
      const loaded = await store.load({ below, channels: ['c'], ids, targets: [] })
      expect(loaded.channels[0]).toMatchObject({ state: c && { headSeq: 3 }, above: [] })
      expect(loaded.ids).toEqual([kept.idRow(0)])
      const state = loaded.channels[0]?.state
      const next = new StreamBuilder('c', { generation: 5, ...(state && { state }) }).say('new')
      await store.write(next.batch())
      const [page] = await store.pages([{ channelId: 'c', direction: 'forward', limit: 10 }])
      expect(page?.events.map((event) => [event.channel_seq, event.epoch ?? 1])).toEqual([
        [1, 1],
        [2, 1],
        [3, 1],
        [4, 1_800_000_000],
      ])
      expect(page?.events[0]).toMatchObject({ text: 'uno' })
      expect((await check(path)).findings).toEqual([])
    }),
  )

  it(
    'R10: twice from one backup never gives the same epoch',
    inDataDir(async (dataDir) => {
      const { data, from } = await backedUp(dataDir)
      await data.close()
      const options = { from, dataDir: dataDir.path, force: true }
      const first = await restore({
        ...options,
        environment: { ...environment, now: () => 5_000_000 },
      })
      const second = await restore({
        ...options,
        environment: { ...environment, now: () => 6_000_000 },
      })
      expect(second.epoch).toBeGreaterThan(first.epoch)
      expect(second.generation).toBeGreaterThan(first.generation)
      // clients may hold the epoch that is replaced: also a clock that went back takes a higher one
      const odd = await restore({ ...options, environment: { ...environment, now: () => 0 } })
      expect(odd.epoch).toBe(second.epoch + 1)
    }),
  )

  it(
    'goes into an empty folder',
    inDataDir(async (dataDir) => {
      const { from } = await backedUp(dataDir)
      const path = join(dataDir.path, 'new')
      await restore({ from, dataDir: path, environment })
      const { driver } = await dataDir.open({ dataDir: path })
      const heads = await createSqlMessageStore(driver).heads(['c', 'd'])
      expect(heads.map((head) => head?.headSeq)).toEqual([3, 1])
    }),
  )

  it(
    'does not replace data unless it is told to, and not under its owner',
    inDataDir(async (dataDir) => {
      const { data, from, lost } = await backedUp(dataDir)
      const options = { from, dataDir: dataDir.path, environment }
      await expect(restore({ ...options, force: true })).rejects.toBeInstanceOf(DataDirInUse)
      await data.close()
      await expect(restore(options)).rejects.toMatchObject({ code: 'not_empty' })
      const { driver } = await dataDir.open()
      const [head] = await createSqlMessageStore(driver).heads(['c'])
      expect(head?.headSeq).toBe(lost.state.headSeq)
    }),
  )

  it.each([
    ['shorter', async (file: string) => truncate(file, (await stat(file)).size - 1)],
    [
      'changed in one byte',
      async (file: string) => {
        const bytes = await readFile(file)
        bytes.writeUInt8(bytes.readUInt8(5_000) ^ 1, 5_000)
        await writeFile(file, bytes)
      },
    ],
  ])('refuses a backup that is %s, and leaves the data as it was', (_, spoil) =>
    inDataDir(async (dataDir) => {
      const { data, from } = await backedUp(dataDir)
      await data.close()
      await spoil(join(from, 'tidings.db'))
      const options = { from, dataDir: dataDir.path, environment, force: true }
      await expect(restore(options)).rejects.toMatchObject({ code: 'damaged' })
      const { driver } = await dataDir.open()
      const [head] = await createSqlMessageStore(driver).heads(['c'])
      expect(head?.headSeq).toBe(5)
      expect(await readdir(dataDir.path)).not.toContain('tidings.db.incoming')
    })(),
  )

  it(
    'refuses what is no backup, or one of a newer version',
    inDataDir(async (dataDir) => {
      const { data, from } = await backedUp(dataDir)
      await data.close()
      const options = { dataDir: dataDir.path, environment, force: true }
      const nothing = restore({ ...options, from: join(dataDir.path, 'nowhere') })
      await expect(nothing).rejects.toMatchObject({ code: 'not_a_backup' })
      const path = join(from, 'manifest.json')
      const text = await readFile(path, 'utf8')
      await writeFile(path, text.replace('"format": 1', '"format": 2'))
      await expect(restore({ ...options, from })).rejects.toMatchObject({ code: 'newer' })
      await writeFile(path, text.slice(5))
      await expect(restore({ ...options, from })).rejects.toMatchObject({ code: 'damaged' })
    }),
  )
})
