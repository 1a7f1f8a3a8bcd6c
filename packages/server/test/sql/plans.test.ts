import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqliteDialect } from '../../src/adapters/sql/dialect.js'
import { contentStatements } from '../../src/adapters/sql/store/contents.js'
import { loadStatements } from '../../src/adapters/sql/store/load.js'
import { pageStatements } from '../../src/adapters/sql/store/pages.js'
import { acceptedAtStatement } from '../../src/adapters/sql/store/seq-at-time.js'
import { writeStatements } from '../../src/adapters/sql/store/write-statements.js'
import { type TestDataDir, testDataDir } from './data-dir.js'

const { messages, ...pages } = pageStatements(sqliteDialect)
const STATEMENTS: Readonly<Record<string, string>> = {
  ...writeStatements(sqliteDialect),
  ...loadStatements(sqliteDialect),
  ...pages,
  messagesForward: messages.forward,
  messagesBackward: messages.backward,
  ...contentStatements(sqliteDialect),
  acceptedAt: acceptedAtStatement(sqliteDialect),
}
const TABLES = /\b(?:SCAN|SEARCH) (events|ids|heads|state_changes|effects|meta|later)\b.*/g

let dataDir: TestDataDir
let database: DatabaseSync
beforeAll(async () => {
  dataDir = await testDataDir()
  await (await dataDir.open()).close()
  database = new DatabaseSync(join(dataDir.path, 'tidings.db'))
})
afterAll(async () => {
  database.close()
  await dataDir.remove()
})

describe('no statement of the message store grows with what is stored', () => {
  it.each(Object.entries(STATEMENTS))('%s goes along a key', (_, sql) => {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all()
    const steps = plan.flatMap((row) => String(row.detail).match(TABLES) ?? [])
    for (const step of steps) {
      expect(step).toMatch(/^SEARCH/)
      expect(step).toMatch(/USING (PRIMARY KEY|COVERING INDEX|INDEX)/)
    }
    if (!/^\s*insert/i.test(sql)) expect(steps.length).toBeGreaterThan(0)
  })

  it.each([
    'events',
    'messagesForward',
    'messagesBackward',
    'idBelow',
    'rowsDown',
    'deletedAt',
    'reaction',
  ])('%s is read in the order of its key, without sorting', (name) => {
    const plan = database.prepare(`EXPLAIN QUERY PLAN ${STATEMENTS[name]}`).all()
    expect(plan.map((row) => row.detail).join('\n')).not.toContain('TEMP B-TREE')
  })
})
