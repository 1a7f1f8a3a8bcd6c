import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { SqlSession } from '../../src/adapters/sql/driver.js'
import { createSqlMessageStore } from '../../src/adapters/sql/message-store.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { StoreConflict } from '../../src/ports/message-store.js'
import { useService } from '../services/use-service.js'
import { testDatabase } from './database.js'

const database = await testDatabase((await useService('postgres')).url)
afterAll(() => database.remove())
afterEach(() => database.clear())

/** Two processes, each with connections of its own. */
const [one, other] = [await database.open(), await database.open()]
const mine = createSqlMessageStore(one.driver, { followsLog: true })
const theirs = createSqlMessageStore(other.driver, { followsLog: true })

/** Another owner in the middle of its write: it has the row of the channel and has not committed. */
async function holdingHead(channelId: string, offset: number): Promise<SqlSession> {
  const session = await other.driver.begin()
  const { changes } = await session.execute(
    { sql: 'update heads set log_offset = ? where channel_id = ?', params: [offset, channelId] },
    'changes',
  )
  expect(changes).toBe(1)
  return session
}

const outcome = (work: Promise<void>): Promise<'written' | 'conflict'> =>
  work.then(
    () => 'written',
    (error: unknown) => {
      if (error instanceof StoreConflict) return 'conflict'
      throw error
    },
  )

describe('two sequencers that write one channel at once, on PostgreSQL', () => {
  it('R6: the second waits for the first, and then sees where it has left the channel', async () => {
    const stream = new StreamBuilder('c').say('0').say('1')
    await mine.write(stream.batch(0, 1))
    const session = await holdingHead('c', 7)
    const writing = outcome(mine.write(stream.batch(1, 2)))
    await database.untilWaiting(1)
    await session.commit()
    expect(await writing).toBe('conflict')
    expect((await mine.heads(['c']))[0]?.headSeq).toBe(1)
  })

  it('R6: the second writes when the first gives up', async () => {
    const stream = new StreamBuilder('c').say('0').say('1')
    await mine.write(stream.batch(0, 1))
    const session = await holdingHead('c', 7)
    const writing = outcome(mine.write(stream.batch(1, 2)))
    await database.untilWaiting(1)
    await session.rollback()
    expect(await writing).toBe('written')
    expect((await mine.heads(['c']))[0]?.headSeq).toBe(2)
  })

  it('R2, R6: what is folded again only to be checked waits too', async () => {
    const stream = new StreamBuilder('c').say('0').say('1').say('2')
    await mine.write(stream.batch())
    const session = await holdingHead('c', 7)
    const [run] = stream.batch(0, 2).runs
    const again = { ...stream.batch(0, 2), runs: run ? [{ ...run, expected: stream.at(2) }] : [] }
    const writing = outcome(mine.write(again))
    await database.untilWaiting(1)
    await session.commit()
    expect(await writing).toBe('conflict')
  })

  it('R6: of different writes at one place exactly one is written, whichever was first', async () => {
    for (let round = 0; round < 20; round++) {
      const channelId = `c${round}`
      const [left, right] = ['left', 'right'].map((text, i) =>
        new StreamBuilder(channelId, { firstOffset: i }).say(text),
      )
      if (left === undefined || right === undefined) throw new Error('two streams')
      const outcomes = await Promise.all([
        outcome(mine.write(left.batch())),
        outcome(theirs.write(right.batch())),
      ])
      expect([...outcomes].sort()).toEqual(['conflict', 'written'])
      const [page] = await mine.pages([{ channelId, direction: 'forward', limit: 5 }])
      const won = outcomes[0] === 'written' ? 'left' : 'right'
      expect(page?.events).toMatchObject([{ text: won, channel_seq: 1 }])
    }
  })

  it('R2: the same write at the same time is written once, for both', async () => {
    for (let round = 0; round < 20; round++) {
      const stream = new StreamBuilder(`c${round}`).say('0').say('1').react(1, '👍', 'bob')
      const both = [mine, theirs].map((store) => outcome(store.write(stream.batch())))
      expect(await Promise.all(both)).toEqual(['written', 'written'])
      expect((await theirs.heads([`c${round}`]))[0]?.headSeq).toBe(3)
    }
  })

  it('batches over the same channels in opposite order do not stand in each other’s way for good', async () => {
    const streams = Array.from({ length: 12 }, (_, i) =>
      new StreamBuilder(`c${i}`, { firstOffset: i * 10 }).say('0').say('1'),
    )
    for (const stream of streams) await mine.write(stream.batch(0, 1))
    const runs = streams.flatMap((stream) => stream.batch(1, 2).runs)
    const batch = { generation: 1, partition: 0, runs, ids: [] }
    const outcomes = await Promise.all([
      outcome(mine.write(batch)),
      outcome(theirs.write({ ...batch, runs: [...runs].reverse() })),
    ])
    expect(outcomes).toEqual(['written', 'written'])
  })
})

describe('generations of the log, over a store on PostgreSQL', () => {
  it('R10: a write waits for a move that is being made, and is refused after it', async () => {
    const stream = new StreamBuilder('c').say('0').say('1')
    await mine.write(stream.batch(0, 1))
    const session = await other.driver.begin()
    const sql = "update meta set value = '2' where key = 'generation'"
    await session.execute({ sql, params: [] }, 'changes')
    const writing = outcome(mine.write(stream.batch(1, 2)))
    await database.untilWaiting(1)
    await session.commit()
    expect(await writing).toBe('conflict')
    expect((await mine.heads(['c']))[0]?.headSeq).toBe(1)
  })

  it('R10: the first batch of a newer one takes the store over, and no older one writes again', async () => {
    const old = new StreamBuilder('c', { generation: 3 }).say('0').say('1')
    await mine.write(old.batch(0, 1))
    const next = new StreamBuilder('c', { generation: 4, state: old.stateAfter(0) }).say('new')
    await theirs.write(next.batch())
    const late = new StreamBuilder('d', { generation: 3 }).say('late')
    expect(await outcome(mine.write(late.batch()))).toBe('conflict')
    expect(await mine.heads(['d'])).toEqual([undefined])
    expect((await mine.heads(['c']))[0]?.headSeq).toBe(2)
  })
})
