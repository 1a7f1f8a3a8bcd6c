import { createServer } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { appliedMigrations } from '../../src/adapters/sql/migrate.js'
import { openPostgres } from '../../src/adapters/sql/postgres/open.js'
import { useService } from '../services/use-service.js'
import { testDatabase } from './database.js'

const { url } = await useService('postgres')
const database = await testDatabase(url)
afterAll(() => database.remove())
afterEach(() => database.ask('drop schema if exists tidings cascade'))

const sessions = async () =>
  (
    await database.ask(
      "select 1 from pg_stat_activity where application_name = 'tidings' and datname = current_database()",
    )
  ).length

describe('opening PostgreSQL', () => {
  it('brings an empty database to this version’s schema, in a schema of its own', async () => {
    const open = await database.open()
    expect((await appliedMigrations(open.driver)).length).toBeGreaterThan(0)
    const tables = await database.ask(
      "select distinct table_schema as schema from information_schema.tables where table_name in ('events', 'users', 'kysely_migration')",
    )
    expect(tables).toEqual([{ schema: 'tidings' }])
    await open.close()
  })

  it('may be done by many processes at once', async () => {
    const opened = await Promise.all(Array.from({ length: 5 }, () => database.open()))
    const rows = await database.ask(
      'select name, count(*)::int as times from tidings.kysely_migration group by name',
    )
    expect(new Set(rows.map(({ times }) => times))).toEqual(new Set([1]))
    await Promise.all(opened.map((open) => open.close()))
    expect(await sessions()).toBe(0)
  })

  it('keeps two installations of one database apart', async () => {
    const [one, other] = [await database.open(), await database.open({ schema: 'second' })]
    await one.driver.batch([
      { sql: "insert into users (user_id, name, created_at) values ('ada', 'Ada', 1)", rows: [[]] },
    ])
    const [users] = await other.driver.query([{ sql: 'select * from users', rows: [[]] }])
    expect(users).toEqual([[]])
    await Promise.all([one.close(), other.close()])
    await database.ask('drop schema second cascade')
  })

  it('refuses a schema that a newer version has written, in one sentence, and leaves it as it is', async () => {
    await (await database.open()).close()
    const newer =
      "insert into tidings.kysely_migration (name, timestamp) values ('9999-later', 'x')"
    await database.ask(newer)
    await expect(database.open()).rejects.toMatchObject({
      name: 'PostgresUnusable',
      reason: 'newer',
      option: 'schema',
      message: expect.stringMatching(
        /^The schema "tidings" .*9999-later.*start that version or a newer one\.$/,
      ),
    })
    expect(await sessions()).toBe(0)
  })

  it('R11: refuses data that was laid out otherwise', async () => {
    await (await database.open()).close()
    await database.ask("update tidings.meta set value = '7' where key = 'bucket_size'")
    await expect(database.open()).rejects.toMatchObject({
      reason: 'misconfigured',
      message: expect.stringContaining('7 events per bucket'),
    })
    await database.ask("update tidings.meta set value = '99' where key = 'rules_version'")
    await expect(database.open()).rejects.toMatchObject({ reason: 'newer' })
  })

  it('says who stands in the way when another process is changing the schema', async () => {
    const other = await database.open()
    const session = await other.driver.begin(20_000)
    await session.execute(
      {
        sql: "select pg_advisory_xact_lock(hashtext('tidings migration'), hashtext('tidings'))::text",
        params: [],
      },
      'rows',
    )
    await expect(database.open({ startTimeoutMs: 200 })).rejects.toMatchObject({
      reason: 'busy',
      option: 'startTimeoutMs',
    })
    await session.rollback()
    await (await database.open()).close()
    await other.close()
  })

  it('I1: refuses a server that may lose what it has confirmed, unless that is allowed', async () => {
    const [{ fsync } = {}] = await database.ask("select current_setting('fsync') as fsync")
    const careful = database.open({ allowUnsafe: false })
    if (fsync === 'off') {
      await expect(careful).rejects.toMatchObject({
        reason: 'unsafe',
        option: 'allowUnsafe',
        message: expect.stringContaining('fsync = off'),
      })
    } else {
      expect((await careful).warnings).toEqual([])
    }
    const open = await database.open({ allowUnsafe: true })
    expect(open.warnings).toHaveLength(fsync === 'off' ? 1 : 0)
    await open.close()
  })

  it.each([
    ['a database that is not there', (to: URL) => (to.pathname = '/nowhere')],
    ['a user that is not there', (to: URL) => (to.username = 'nobody')],
  ])('refuses %s at once, with the remedy', async (_, change) => {
    const place = new URL(url)
    change(place)
    await expect(
      openPostgres({ url: place.href, environment: nodeEnvironment }),
    ).rejects.toMatchObject({ reason: 'refused', option: 'url' })
  })

  it.each(['', '127.0.0.1:5432', 'http://127.0.0.1/tidings', 'postgres://a b:c/d'])(
    'refuses "%s" as an address',
    async (wrong) => {
      await expect(
        openPostgres({ url: wrong, environment: nodeEnvironment }),
      ).rejects.toMatchObject({ reason: 'misconfigured', option: 'url' })
    },
  )

  it('waits for a server that is not there, a bounded time, and keeps the password to itself', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const { port } = gone.address() as { port: number }
    await new Promise((resolve) => gone.close(resolve))
    const wanted = openPostgres({
      url: `postgres://app:hush@127.0.0.1:${port}/tidings`,
      environment: nodeEnvironment,
      startTimeoutMs: 300,
    })
    const error: unknown = await wanted.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ reason: 'unreachable', option: 'url' })
    expect(String(error)).toMatch(
      new RegExp(`127.0.0.1:${port}/tidings cannot be reached within 300 ms .*ECONNREFUSED`),
    )
    expect(String(error)).not.toContain('hush')
  })

  it('gives up a server that takes the connection and says nothing', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    await expect(
      openPostgres({
        url: `postgres://app@127.0.0.1:${port}/tidings`,
        environment: nodeEnvironment,
        connectTimeoutMs: 100,
        startTimeoutMs: 300,
      }),
    ).rejects.toMatchObject({ reason: 'unreachable' })
    silent.close()
  })

  it.each(['Tidings', '', 'a-b', 'x'.repeat(64), 'a;b'])(
    'refuses "%s" as the name of a schema',
    async (schema) => {
      await expect(database.open({ schema })).rejects.toMatchObject({
        reason: 'misconfigured',
        option: 'schema',
      })
    },
  )
})
