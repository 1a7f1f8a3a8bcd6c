import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { idTtlS } from '../../src/adapters/cassandra/options.js'
import { TABLES } from '../../src/adapters/cassandra/schema.js'
import { TooFewNodes } from '../../src/adapters/cassandra/session/errors.js'
import type { Session } from '../../src/adapters/cassandra/session/session.js'
import type { StampedWrite } from '../../src/adapters/cassandra/session/stamped.js'
import { createStore } from '../../src/adapters/cassandra/store/store.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { StoreDamaged, StoreUnavailable } from '../../src/ports/message-store.js'
import { writeTime } from '../../src/stream/position.js'
import { openWorld } from './harness.js'

const world = await openWorld()
const store = world.open()
afterAll(() => world.close())

const forward = (channelId: string) => [{ channelId, direction: 'forward', limit: 9 }] as const
const read = (cql: string, values: readonly string[] = []) =>
  world.session.read(cql.replaceAll('KS', world.keyspace), values, 'quorum')

/** A channel of three buckets. */
function long(channelId: string): StreamBuilder {
  const stream = new StreamBuilder(channelId)
  for (let i = 0; i < 2_005; i++) stream.say(`${i}`)
  return stream
}

describe('on a real node', () => {
  it('R3, R6: two commands at one number stay two rows, and whoever reads them is told', async () => {
    await store.write(new StreamBuilder('two').say('one').batch())
    const other = new StreamBuilder('two', { firstOffset: 7 }).say('other')
    await store.write(other.batch())
    await expect(store.pages(forward('two'))).rejects.toThrow(StoreDamaged)
    const request = { below: other.at(0), channels: ['two'], ids: [], targets: [] }
    const { channels } = await store.load(request)
    expect(channels[0]?.above.map(({ position }) => position.offset)).toEqual([7, 0])
    const targets = [{ key: other.key(1) }]
    await expect(store.load({ ...request, targets })).rejects.toThrow(StoreDamaged)
  })

  it('I6: a number below the head that is not there is never passed over', async () => {
    const stream = new StreamBuilder('hole').say('one').say('two').say('three')
    await store.write(stream.batch(0, 1))
    await store.write(stream.batch(2, 3))
    await expect(store.pages(forward('hole'))).rejects.toThrow(StoreUnavailable)
  })

  it('R2: a head without its rows says nothing to the fold', async () => {
    const stream = new StreamBuilder('head').say('one').say('two')
    await store.write(stream.batch(0, 1))
    const [run] = stream.batch(1, 2).runs
    if (run === undefined) throw new Error('a batch has a run')
    await store.write({ ...stream.batch(1, 2), runs: [{ ...run, rows: [] }], ids: [] })
    expect(await store.heads(['head'])).toMatchObject([{ headSeq: 2 }])
    const { channels } = await store.load({
      below: stream.at(9),
      channels: ['head'],
      ids: [],
      targets: [],
    })
    expect(channels[0]?.state).toEqual(stream.stateAfter(0))
  })

  it('I5, R6: every cell of every table stands under the write time of its own command', async () => {
    const stream = new StreamBuilder('times', { generation: 3 }).say('one').edit(1, 'uno')
    stream.raiseRetention(2).raiseEpoch(2, 2, 1).say('two')
    await store.write(stream.batch())
    const cells = {
      events: 'event',
      effects: 'effect',
      pointers: 'pointer',
      changes: 'change',
      ids: 'result',
    } as const
    for (const [table, cell] of Object.entries(cells)) {
      const rows = await read(
        `SELECT generation, log_offset, writetime(${cell}) AS at FROM KS.${table} WHERE generation = 3 ALLOW FILTERING`,
      )
      expect(rows.length, table).toBeGreaterThan(0)
      for (const row of rows) {
        const offset = Number(row.log_offset)
        expect(row.at, table).toBe(writeTime({ generation: 3, partition: 0, offset }))
      }
    }
    const [head] = await read(
      "SELECT writetime(head) AS at FROM KS.heads WHERE channel_id = 'times'",
    )
    expect(head?.at).toBe(writeTime(stream.position(4)))
  })

  it('R6: every row holds one cell, so that it is there whole or not at all', async () => {
    for (const table of TABLES) {
      const columns = await read(
        'SELECT kind FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?',
        [world.keyspace, table],
      )
      expect(columns.filter(({ kind }) => kind === 'regular' || kind === 'static')).toHaveLength(1)
    }
  })

  it('R4: ids are kept for the window, the log’s retention and a day, and nothing else expires', async () => {
    await store.write(new StreamBuilder('ttl').say('one').batch())
    const [row] = await read(
      "SELECT TTL(result) AS ttl FROM KS.ids WHERE slot = 'ttl\nada\nclient-0'",
    )
    const day = 24 * 60 * 60
    expect(idTtlS({ logRetentionMs: 3 * day * 1_000 })).toBe((7 + 3 + 1) * day)
    expect(Number(row?.ttl)).toBeGreaterThan(15 * day - 60)
    expect(Number(row?.ttl)).toBeLessThanOrEqual(15 * day)
    const [event] = await read(
      "SELECT TTL(event) AS ttl FROM KS.events WHERE channel_id = 'ttl' AND epoch = 1 AND bucket = 0",
    )
    expect(event?.ttl).toBeNull()
  })

  it('I3, R4: ids of a time lie together, and each is found by channel, user and client id alone', async () => {
    const stream = new StreamBuilder('ids').say('one').say('two').say('three')
    const uuid = (end: string) => `019aa8b1-2c3d-7000-8000-00000000000${end}`
    const idRow = (index: number, channelId: string, userId: string, end: string) => ({
      ...stream.idRow(index),
      id: { channelId, userId, clientMsgId: uuid(end) },
    })
    const rows = [idRow(0, 'i', 'ada', '1'), idRow(1, 'i', 'bob', '1'), idRow(2, 'j', 'ada', '2')]
    const later = { ...idRow(0, 'i', 'ada', '1'), position: stream.at(7) }
    await store.write({ ...stream.batch(), runs: [], ids: [later, ...rows] })
    const slots = await read("SELECT slot FROM KS.ids WHERE slot = 'i\n019aa8b1-2'")
    expect(slots).toHaveLength(3)
    const ids = [
      ...rows.map((row) => row.id),
      idRow(0, 'i', 'ada', '2').id,
      idRow(0, 'j', 'bob', '1').id,
    ]
    const known = async (offset: number) =>
      (await store.load({ below: stream.at(offset), channels: [], ids, targets: [] })).ids
    expect(await known(5)).toEqual([...rows, undefined, undefined])
    expect(await known(1)).toEqual([rows[0], undefined, undefined, undefined, undefined])
    expect(await known(8)).toEqual([later, rows[1], rows[2], undefined, undefined])
  })

  it('I3: any number of ids is asked for in as many requests as they need', async () => {
    const stream = new StreamBuilder('many')
    for (let i = 0; i < 250; i++) stream.say('x')
    const rows = Array.from({ length: 250 }, (_, i) => {
      const end = i.toString(16).padStart(12, '0')
      // the first half in one partition, the others in one each
      const clientMsgId = i < 125 ? `019aa8b1-2c3d-7000-8000-${end}` : `own-${i}`
      return { ...stream.idRow(i), id: { channelId: 'many', userId: 'ada', clientMsgId } }
    })
    await store.write({ ...stream.batch(), runs: [], ids: rows })
    const request = { below: stream.at(999), channels: [], targets: [] }
    const loaded = await store.load({ ...request, ids: rows.map((row) => row.id) })
    expect(loaded.ids).toEqual(rows)
  })

  it('a closed store answers nothing', async () => {
    const closed = world.open()
    await closed.close()
    await expect(closed.heads(['c'])).rejects.toThrow(StoreUnavailable)
    await expect(closed.write(new StreamBuilder('c').batch())).rejects.toThrow(StoreUnavailable)
  })
})

describe('R2: a bucket whose pointer was forgotten', () => {
  const stream = long('gone')
  const below = (offset: number) =>
    store.load({ below: stream.at(offset), channels: ['gone'], ids: [], targets: [] })

  it('is found by its name in the next one', async () => {
    const forgetful: Session = {
      read: world.session.read,
      async write(writes) {
        // the position of number 1,000 is offset 999
        const isLost = ({ cql, values }: StampedWrite) =>
          cql.includes('pointers') && values[2] === 999n
        const kept = writes.filter((write) => !isLost(write))
        if (kept.length > 0) await world.session.write(kept)
      },
    }
    await world.open(forgetful).write(stream.batch())
    for (const offset of [2_000, 1_500, 1_000, 999]) {
      const { channels } = await below(offset)
      expect(channels[0]?.state, `below ${offset}`).toEqual(stream.stateAfter(offset - 1))
      expect(channels[0]?.above).toHaveLength(stream.length - offset)
    }
  })
})

describe('R2: the state of a channel', () => {
  const stream = new StreamBuilder('strong').say('one')
  const request = { below: stream.at(9), channels: ['strong'], ids: [], targets: [] }
  beforeAll(() => store.write(stream.batch()))

  function withReplica(answers: () => boolean) {
    const levels: string[] = []
    const clock = { now: 0 }
    const strongReads = { all: 0, quorumOnly: 0 }
    const session: Session = {
      write: world.session.write,
      async read(cql, values, level) {
        levels.push(level)
        if (level === 'all' && !answers()) throw new TooFewNodes('one replica is away')
        return world.session.read(cql, values, level)
      },
    }
    const { keyspace } = world
    const environment = { monotonicNow: () => clock.now }
    const over = createStore({ session, keyspace, idTtlS: 60, environment, strongReads })
    return { over, levels, strongReads, clock }
  }

  it('is read at ALL where that answers', async () => {
    const { over, levels, strongReads } = withReplica(() => true)
    expect((await over.load(request)).channels[0]?.state).toEqual(stream.state)
    expect(new Set(levels)).toEqual(new Set(['all']))
    expect(strongReads).toEqual({ all: levels.length, quorumOnly: 0 })
  })

  it('is read by a quorum, and counted, while a replica is away, and at ALL again ten seconds later', async () => {
    let there = false
    const { over, levels, strongReads, clock } = withReplica(() => there)
    expect((await over.load(request)).channels[0]?.state).toEqual(stream.state)
    expect(strongReads.all).toBe(0)
    expect(strongReads.quorumOnly).toBeGreaterThan(0)
    there = true
    levels.length = 0
    await over.load(request)
    expect(new Set(levels)).toEqual(new Set(['quorum']))
    clock.now += 10_000
    levels.length = 0
    await over.load(request)
    expect(new Set(levels)).toEqual(new Set(['all']))
  })

  it('R3: is not told at all, when a second look is asked for, while a replica is away', async () => {
    const { over } = withReplica(() => false)
    const second = over.load({ ...request, confirm: true })
    await expect(second).rejects.toThrow(StoreUnavailable)
  })
})
