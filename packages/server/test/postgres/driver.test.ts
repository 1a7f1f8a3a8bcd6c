import { afterAll, describe, expect, it } from 'vitest'
import {
  queryOne,
  SqlCheckFailed,
  SqlConstraint,
  SqlDataError,
  type SqlStatement,
  SqlUnavailable,
} from '../../src/adapters/sql/driver.js'
import { safeInteger } from '../../src/adapters/sql/postgres/connection.js'
import { createStatementNames, numbered } from '../../src/adapters/sql/postgres/texts.js'
import { useService } from '../services/use-service.js'
import { until } from '../support/wait.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
const { driver } = await database.open()
await database.ask('create table notes (id bigint primary key, text text not null)')
await database.ask('alter table notes set schema tidings')

const insert = (...rows: readonly (readonly [number, string | null])[]): SqlStatement => ({
  sql: 'insert into notes (id, text) values ($1, $2) on conflict (id) do nothing',
  rows,
  expect: 'change',
})
const idsBelow = async (limit: number) =>
  (await queryOne(driver, 'select id from notes where id < $1 order by id', [limit])).map(
    ({ id }) => id,
  )

describe('the driver for PostgreSQL', () => {
  it('I4: runs a batch as one transaction: a row that does not meet its expectation undoes it whole', async () => {
    await driver.batch([insert([1, 'a'], [2, 'b'])])
    await expect(driver.batch([insert([3, 'c'], [1, 'again'])])).rejects.toThrow(SqlCheckFailed)
    const find = { sql: 'select id from notes where id = $1', rows: [[9]], expect: 'row' } as const
    await expect(driver.batch([insert([4, 'd']), find])).rejects.toThrow(SqlCheckFailed)
    await expect(driver.batch([insert([5, 'e']), insert([6, null])])).rejects.toThrow(SqlConstraint)
    await expect(driver.batch([insert([7, 'f']), { sql: 'nonsense', rows: [[]] }])).rejects.toThrow(
      SqlUnavailable,
    )
    expect(await idsBelow(100)).toEqual([1, 2])
  })

  it('answers all of one query from one snapshot', async () => {
    const count = { sql: 'select count(*) as total from notes where id >= 100', rows: [[]] }
    const asked = driver.query([
      count,
      { sql: 'select pg_sleep(0.3)::text as slept', rows: [[]] },
      count,
    ])
    await until('it has begun', async () => {
      const sleeping = await database.ask(
        "select 1 from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()",
      )
      return sleeping.length > 0
    })
    await driver.batch([insert([100, 'later'])])
    const [before, , after] = await asked
    expect(after).toEqual(before)
    expect(before).toEqual([[{ total: 0 }]])
  })

  it('gives whole numbers as numbers, and none that a number cannot hold', async () => {
    const largest = Number.MAX_SAFE_INTEGER
    await driver.batch([insert([largest, 'largest'])])
    const [row] = await queryOne(driver, 'select id from notes where id = $1', [largest])
    expect(row).toEqual({ id: largest })
    expect(() => safeInteger('9007199254740993')).toThrow(RangeError)
    const beyond = queryOne(driver, 'select id + 2 as id from notes where id = $1', [largest])
    await expect(beyond).rejects.toThrow('beyond 2^53')
  })

  it('keeps texts as they are, and compares them by their bytes', async () => {
    await driver.batch([insert([200, '🦉'], [201, 'Z'], [202, 'a'], [203, '\\ "\' ?'])])
    const rows = await queryOne(
      driver,
      'select text from notes where id between 200 and 203 order by text collate "C"',
    )
    expect(rows.map(({ text }) => text)).toEqual(['Z', '\\ "\' ?', 'a', '🦉'])
    const [{ collation } = {}] = await database.ask(
      `select collation_name as collation from information_schema.columns
       where table_schema = 'tidings' and table_name = 'events' and column_name = 'channel_id'`,
    )
    expect(collation).toBe('C')
  })

  it('ends a statement that takes too long, and goes on', async () => {
    const impatient = await database.open({ statementTimeoutMs: 1_000 })
    const slow = queryOne(impatient.driver, 'select pg_sleep(30)::text')
    await expect(slow).rejects.toThrow(/57014/)
    expect(await queryOne(impatient.driver, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('rolls back a transaction in steps that takes too long', async () => {
    const session = await driver.begin(100)
    const sql = "insert into notes (id, text) values (300, 'never')"
    await session.execute({ sql, params: [] }, 'changes')
    await until('its time is over', async () => {
      const again = session.execute({ sql: 'select 1 as one', params: [] }, 'rows')
      return again.then(
        () => false,
        () => true,
      )
    })
    await expect(session.commit()).rejects.toThrow(SqlUnavailable)
    await session.rollback()
    expect(await queryOne(driver, 'select 1 as one from notes where id = 300')).toEqual([])
  })

  it('does not take a commit for one that the server has turned into a rollback', async () => {
    const session = await driver.begin()
    const broken = session.execute({ sql: 'select 1 / 0 as none', params: [] }, 'rows')
    await expect(broken).rejects.toThrow(SqlDataError)
    await expect(session.commit()).rejects.toThrow('rolled the transaction back')
  })

  it('I7: lets calls wait for few connections, so many and so long, and refuses what is more', async () => {
    const small = await database.open({ maxConnections: 1, waitTimeoutMs: 200, waitingMax: 2 })
    const session = await small.driver.begin()
    const waiting = [1, 2].map(() => queryOne(small.driver, 'select 1 as one'))
    const late = Promise.allSettled(waiting)
    await expect(queryOne(small.driver, 'select 1 as one')).rejects.toThrow('too many calls wait')
    for (const result of await late) {
      expect(result).toMatchObject({ reason: expect.any(SqlUnavailable) })
    }
    await session.commit()
    expect(await queryOne(small.driver, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  it('settles what is in flight when it is closed, and refuses what comes later', async () => {
    const closing = await database.open()
    const asked = queryOne(closing.driver, "select pg_sleep(0.1)::text as slept, 'there' as text")
    const closed = closing.close()
    expect(await asked).toMatchObject([{ text: 'there' }])
    await closed
    await expect(queryOne(closing.driver, 'select 1')).rejects.toThrow(SqlUnavailable)
  })

  it('asks the disk before it answers, whatever the server’s default is (I1)', async () => {
    await database.ask(
      `alter role current_user in database ${await name()} set synchronous_commit = off`,
    )
    const careful = await database.open()
    const rows = await queryOne(
      careful.driver,
      "select current_setting('synchronous_commit') as setting",
    )
    expect(rows).toEqual([{ setting: 'on' }])
  })
})

const name = async () => (await database.ask('select current_database() as name'))[0]?.name

describe('statements for PostgreSQL', () => {
  it('have their parameters numbered, but for what is quoted', () => {
    expect(numbered("select ? as \"what?\", 'it''s ?' from t where a = ?")).toBe(
      "select $1 as \"what?\", 'it''s ?' from t where a = $2",
    )
    expect(numbered('select $1')).toBe('select $1')
  })

  it('I7: are prepared when they come again, the first few hundred of them', () => {
    const nameOf = createStatementNames()
    expect(nameOf('select 1')).toBeUndefined()
    const name = nameOf('select 1')
    expect(name).toBeDefined()
    expect(nameOf('select 1')).toBe(name)
    const names = new Set<string | undefined>()
    for (let i = 0; i < 5_000; i++) {
      nameOf(`select ${i} as n`)
      names.add(nameOf(`select ${i} as n`))
    }
    expect(names.size).toBeLessThan(300)
    expect(nameOf('select 1')).toBe(name)
  })
})
