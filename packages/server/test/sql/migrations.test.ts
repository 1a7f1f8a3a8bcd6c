import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { createSqlDirectory } from '../../src/adapters/sql/directory.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { appliedMigrations } from '../../src/adapters/sql/migrate.js'
import { check } from '../../src/maintenance/check.js'
import { commandIdOf } from '../../src/relay/command-id.js'
import { inDataDir, type TestDataDir } from './data-dir.js'

// each is what a released version has left: schema and rows, never changed afterwards
const FIXTURES = join(import.meta.dirname, 'fixtures')
const versions = (await readdir(FIXTURES)).filter((name) => name.endsWith('.sql')).sort()

async function lay(dataDir: TestDataDir, fixture: string): Promise<void> {
  const database = new DatabaseSync(join(dataDir.path, 'tidings.db'))
  database.exec(await readFile(join(FIXTURES, fixture), 'utf8'))
  database.close()
}

function schemaOf(dataDir: TestDataDir): unknown {
  const database = new DatabaseSync(join(dataDir.path, 'tidings.db'))
  const sql = "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
  const schema = database.prepare(sql).all()
  database.close()
  return schema
}

describe('migrations', () => {
  it(
    'have a fixture for every version that there is',
    inDataDir(async (dataDir) => {
      const { driver } = await dataDir.open()
      const names = await appliedMigrations(driver)
      expect(versions).toEqual(names.map((name) => `${name}.sql`))
    }),
  )

  it.each(versions)(
    'bring a folder of version %s to the newest schema and keep what it holds',
    (version) =>
      inDataDir(async (dataDir) => {
        await lay(dataDir, version)
        const { driver, installation, close } = await dataDir.open()
        expect(installation.generation).toBe(4)
        const store = createSqlMessageStore(driver)
        const [page] = await store.pages([
          { channelId: 'general', direction: 'forward', limit: 10 },
        ])
        expect(page?.asOf).toMatchObject({ headSeq: 5, messageCount: 2, epoch: 1 })
        expect(page?.events.map((event) => event.type)).toEqual([
          'member.joined',
          'message.new',
          'message.edited',
          'message.new',
          'message.deleted',
        ])
        expect(page?.events[1]).toMatchObject({ text: 'hello, everybody', edited_seq: 3, rev: 3 })
        expect(page?.events[3]).toMatchObject({ deleted_seq: 5 })
        const directory = createSqlDirectory(driver, nodeEnvironment)
        expect(await directory.membership('general', 'ada')).toMatchObject({
          role: 'owner',
          version: 1,
        })
        const waiting = await directory.outbox('general', 10)
        expect(waiting).toMatchObject([{ entryId: 7, payload: { name: 'All' } }])
        // it may be in the stream already
        const id = version < '0006' ? '~7' : '~7.MTc2MDAwMDAwMDAwMDAwMA'
        expect(waiting.map(commandIdOf)).toEqual([id])
        await close()
        expect((await check(dataDir.path)).findings).toEqual([])
      })(),
  )

  it.each(versions)('of version %s lead to the schema of a new folder', (version) =>
    inDataDir(async (dataDir) => {
      await lay(dataDir, version)
      await (await dataDir.open()).close()
      const migrated = schemaOf(dataDir)
      await inDataDir(async (fresh) => {
        await (await fresh.open()).close()
        expect(migrated).toEqual(schemaOf(fresh))
      })()
    })(),
  )
})
