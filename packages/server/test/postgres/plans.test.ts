import { afterAll, describe, expect, it } from 'vitest'
import { channelsWaiting, entriesOf } from '../../src/adapters/sql/directory/outbox.js'
import { queryOne } from '../../src/adapters/sql/driver.js'
import { kyselyOver } from '../../src/adapters/sql/kysely.js'
import { postgresDialect } from '../../src/adapters/sql/postgres/dialect.js'
import { contentStatements } from '../../src/adapters/sql/store/contents.js'
import { loadStatements } from '../../src/adapters/sql/store/load.js'
import { pageStatements } from '../../src/adapters/sql/store/pages.js'
import { acceptedAtStatement } from '../../src/adapters/sql/store/seq-at-time.js'
import { writeStatements } from '../../src/adapters/sql/store/write-statements.js'
import { useService } from '../services/use-service.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
const { driver } = await database.open()

const { messages, ...pages } = pageStatements(postgresDialect)
const STATEMENTS: Readonly<Record<string, string>> = {
  ...writeStatements(postgresDialect),
  ...loadStatements(postgresDialect),
  ...pages,
  messagesForward: messages.forward,
  messagesBackward: messages.backward,
  ...contentStatements(postgresDialect),
  acceptedAt: acceptedAtStatement(postgresDialect),
}

/** How the server goes about a prepared statement that it plans once for all parameters. */
async function planOf(sql: string): Promise<string> {
  const session = await driver.begin()
  const run = async (text: string) =>
    (await session.execute({ sql: text, params: [] }, 'rows')).rows
  await run("set local plan_cache_mode = 'force_generic_plan'")
  await run(`prepare planned as ${sql}`)
  const count = Math.max(0, ...Array.from(sql.matchAll(/\$(\d+)/g), ([, n]) => Number(n)))
  const nulls = count === 0 ? '' : `(${Array.from({ length: count }, () => 'null').join(', ')})`
  const rows = await run(`explain execute planned${nulls}`)
  await run('deallocate planned')
  await session.rollback()
  return rows.map((row) => String(row['QUERY PLAN'])).join('\n')
}

describe('no statement of the message store on PostgreSQL grows with what is stored', () => {
  it.each(Object.entries(STATEMENTS))('%s goes along a key', async (_, sql) => {
    const plan = await planOf(sql)
    expect(plan).not.toContain('Seq Scan')
    if (!/^\s*insert/i.test(sql)) expect(plan).toMatch(/Index Cond|Recheck Cond/)
  })

  it.each([
    'events',
    'messagesForward',
    'messagesBackward',
    'idBelow',
    'rowsDown',
    'deletedAt',
    'reaction',
  ])('%s is read in the order of its key, without sorting', async (name) => {
    expect(await planOf(STATEMENTS[name] ?? '')).not.toContain('Sort')
  })

  it('R15: nor does what reads the outbox, whose entries come in the order of their key', async () => {
    const db = kyselyOver(driver)
    const channels = await planOf(channelsWaiting(db, { limit: 10 }).compile().sql)
    const ofChannel = await planOf(entriesOf(db, 'general', 10).compile().sql)
    expect(channels).toContain('Index Only Scan using outbox_by_channel')
    expect(ofChannel).toContain('Index Scan using outbox_by_channel')
    expect(ofChannel).not.toContain('Sort')
    expect(channels + ofChannel).not.toContain('Seq Scan')
  })

  it('is planned along its key while a table is small, too, and so for as long as the plan is kept', async () => {
    const [row] = await queryOne(driver, "select current_setting('enable_seqscan') as seqscan")
    expect(row).toEqual({ seqscan: 'off' })
  })
})
