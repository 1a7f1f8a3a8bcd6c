import { LIMITS } from '@tidings/protocol'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { queryOne } from '../../src/adapters/sql/driver.js'
import { expireIds } from '../../src/adapters/sql/id-expiry.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { keepHouse } from '../../src/adapters/sql/postgres/keep-house.js'
import { redactDeleted } from '../../src/adapters/sql/redaction.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { useService } from '../services/use-service.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
afterEach(() => database.clear())
const open = await database.open()
const { driver } = open
const store = createSqlMessageStore(driver, { followsLog: true })
const DAY_MS = 24 * 60 * 60 * 1000

const ids = async () => (await queryOne(driver, 'select accepted_at from ids')).length

describe('housekeeping on PostgreSQL', () => {
  it('R4, I7: forgets ids when nothing can ask for them any more, the log neither', async () => {
    const stream = new StreamBuilder('c').say('0').say('1')
    await store.write(stream.batch())
    const chore = expireIds(driver.dialect, 3 * DAY_MS)
    const kept = LIMITS.idempotencyWindowMs + 3 * DAY_MS + DAY_MS
    await chore(driver, 1_000 + kept)
    expect(await ids()).toBe(2)
    await chore(driver, 1_001 + kept)
    expect(await ids()).toBe(1)
  })

  it('takes deleted content out of the rows, whatever characters it holds, and serves the same', async () => {
    const stream = new StreamBuilder('c').say('secret \u0000 one \\u0000 🦉').edit(1, 'secret two')
    stream.say('kept').edit(3, 'kept \u0000 too').remove(1)
    await store.write(stream.batch())
    const read = () => store.pages([{ channelId: 'c', direction: 'forward', limit: 10 }])
    const before = await read()
    expect(JSON.stringify(before)).not.toContain('secret')
    expect(await redactDeleted(driver.dialect)(driver, 1_004 + 9 * DAY_MS)).toBeUndefined()
    const rows = await queryOne(
      driver,
      "select event as said from events union all select text from effects where kind = 'edit'",
    )
    const said = rows.map((row) => String(row.said)).join('\n')
    expect(said).not.toContain('secret')
    expect(said).toContain('kept \\u0000 too')
    expect(await read()).toEqual(before)
  })

  it('is done by one process, and by another when that one ends', async () => {
    const other = await database.open()
    const clocks = [createVirtualEnvironment(), createVirtualEnvironment()] as const
    const [first, second] = [keepHouse(open, clocks[0], 0), keepHouse(other, clocks[1], 0)]
    const working = () => clocks.map((clock) => clock.timers)
    await until('one works', () => working().some((timers) => timers > 0))
    expect(working().filter((timers) => timers > 0)).toHaveLength(1)
    const [begun] = working()[0] === 1 ? [first, second] : [second, first]
    await begun.close()
    await until('the other works', () => working().some((timers) => timers > 0))
    await Promise.all([first.close(), second.close()])
    expect(working()).toEqual([0, 0])
  })
})
