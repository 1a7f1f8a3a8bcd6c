import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LIMITS } from '@tidings/protocol'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import { queryOne } from '../../src/adapters/sql/driver.js'
import { type Key, startHousekeeping } from '../../src/adapters/sql/housekeeping.js'
import { expireIds } from '../../src/adapters/sql/id-expiry.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { redactDeleted } from '../../src/adapters/sql/redaction.js'
import { backup } from '../../src/maintenance/backup.js'
import { check } from '../../src/maintenance/check.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { sharedDataDir } from './data-dir.js'

const DAY_MS = 24 * 60 * 60 * 1000
const dataDir = sharedDataDir()
afterEach(() => dataDir.clear())
afterAll(() => dataDir.remove())

/** Ids of commands that were accepted one a millisecond, from 1,000 on. */
async function written(count: number) {
  const { driver } = await dataDir.open()
  const store = createSqlMessageStore(driver)
  const stream = new StreamBuilder('c')
  for (let i = 0; i < count; i++) stream.say(`${i}`)
  await store.write(stream.batch())
  const ids = Array.from({ length: count }, (_, i) => stream.idRow(i).id)
  const known = async () => {
    const loaded = await store.load({ below: stream.at(count), channels: [], ids, targets: [] })
    return loaded.ids.flatMap((row, i) => (row === undefined ? [] : [i]))
  }
  return { driver, known }
}

describe('ids', () => {
  it('R4: are kept a day longer than repeats are recognised, and then go', async () => {
    const { driver, known } = await written(10)
    await expireIds(driver.dialect)(driver, 1_000 + LIMITS.idempotencyWindowMs + DAY_MS)
    expect(await known()).toHaveLength(10)
    await expireIds(driver.dialect)(driver, 1_004 + LIMITS.idempotencyWindowMs + DAY_MS)
    expect(await known()).toEqual([4, 5, 6, 7, 8, 9])
  })

  it('R4: go a slice at a time, until all were looked at', async () => {
    const { driver, known } = await written(2_500)
    const now = 2_000 + LIMITS.idempotencyWindowMs + DAY_MS
    let slices = 0
    let after: Key | undefined
    do {
      after = await expireIds(driver.dialect)(driver, now, after)
      slices += 1
    } while (after !== undefined)
    expect(slices).toBe(3)
    expect(await known()).toHaveLength(1_500)
  })

  it('that have gone are nothing that a check misses, however long ago the last message is', async () => {
    const { driver, dataDir: path } = await dataDir.open()
    const stream = new StreamBuilder('c').say('old').say('a week ago', { ts: 1_000 + 2 * DAY_MS })
    await createSqlMessageStore(driver).write(stream.batch())
    const nowMs = 1_001 + 8 * DAY_MS
    await expireIds(driver.dialect)(driver, nowMs)
    expect((await check(path, { now: () => nowMs })).findings).toEqual([])
    // what no clock has let go is missed
    const [finding] = (await check(path, { now: () => 1_000 })).findings
    expect(finding).toMatchObject({ check: expect.stringMatching(/^I3/), more: false })
    expect(finding?.places).toEqual(['channel_id c, epoch 1, channel_seq 1'])
  })
})

describe('the content of a deleted message', () => {
  const secrets = async () => {
    const { driver, dataDir: path } = await dataDir.open()
    const store = createSqlMessageStore(driver)
    const stream = new StreamBuilder('c').say('secret one').edit(1, 'secret two').say('kept')
    stream.edit(3, 'kept too').remove(1)
    await store.write(stream.batch())
    const sql =
      "SELECT event AS said FROM events UNION ALL SELECT text FROM effects WHERE kind = 'edit'"
    const rows = async () => (await queryOne(driver, sql)).map((row) => String(row.said)).join('\n')
    return { driver, store, rows, path, deletedAt: 1_004 }
  }

  it('is served no more at once, and leaves the rows, its edits included, eight days later', async () => {
    const { driver, store, rows, deletedAt } = await secrets()
    const chore = redactDeleted(driver.dialect)
    const read = () => store.pages([{ channelId: 'c', direction: 'forward', limit: 10 }])
    const before = await read()
    expect(JSON.stringify(before)).not.toContain('secret')
    await chore(driver, deletedAt + 8 * DAY_MS)
    expect(await rows()).toContain('secret one')
    expect(await chore(driver, deletedAt + 1 + 8 * DAY_MS)).toBeUndefined()
    expect(await rows()).not.toContain('secret')
    expect(await rows()).toContain('kept too')
    expect(await read()).toEqual(before)
  })

  it('is gone from the file, not only from the rows', async () => {
    const { driver, path, deletedAt } = await secrets()
    await redactDeleted(driver.dialect)(driver, deletedAt + 9 * DAY_MS)
    const to = join(path, 'copy')
    await backup({ dataDir: path }, { to, environment: nodeEnvironment })
    expect((await readFile(join(to, 'tidings.db'))).includes('kept too')).toBe(true)
    expect((await readFile(join(to, 'tidings.db'))).includes('secret')).toBe(false)
    expect((await check(to)).findings).toEqual([])
  })

  it('stays where a later epoch made the delete void', async () => {
    const { driver } = await dataDir.open()
    const store = createSqlMessageStore(driver)
    const stream = new StreamBuilder('c').say('back again').remove(1).raiseEpoch(2, 1, 1)
    await store.write(stream.batch())
    await redactDeleted(driver.dialect)(driver, 1_001 + 9 * DAY_MS)
    const [page] = await store.pages([{ channelId: 'c', direction: 'forward', limit: 10 }])
    expect(page?.events).toEqual([stream.events[0]])
  })
})

describe('housekeeping', () => {
  it('leaves no timer behind when the store is closed', async () => {
    const { driver } = await dataDir.open()
    const timers = new Set<number>()
    let timer = 0
    const expiry = startHousekeeping(
      driver,
      {
        now: () => 0,
        setTimer: () => {
          timer += 1
          timers.add(timer)
          return timer
        },
        clearTimer: (handle) => void timers.delete(handle as number),
      },
      [expireIds(driver.dialect)],
    )
    expect(timers.size).toBe(1)
    expiry.stop()
    expect(timers.size).toBe(0)
  })
})
