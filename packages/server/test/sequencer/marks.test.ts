import { describe, expect, it } from 'vitest'
import { StoreTables } from '../../src/adapters/memory/store-tables.js'
import { createMemoryStoredMarks } from '../../src/adapters/memory/stored-marks.js'
import { StoreUnavailable } from '../../src/ports/message-store.js'
import type { StoredMarks } from '../../src/ports/stored-marks.js'
import { createWorld, send, type World, type WorldOptions } from './world.js'

const LAG_MS = 2_000
const PLACE = '1 0'

interface MarkedWorld extends World {
  /** What happens to it happens to the store. */
  readonly marks: Map<string, number>
  readonly asked: { confirm: boolean }[]
  readonly raises: number[]
  committed(): number
}

interface MarkedOptions extends WorldOptions {
  readonly known?: Map<string, number>
  readonly wrapMarks?: (marks: StoredMarks) => StoredMarks
}

async function markedWorld({
  known: marks = new Map(),
  wrapMarks = (right) => right,
  ...options
}: MarkedOptions = {}): Promise<MarkedWorld> {
  const asked: { confirm: boolean }[] = []
  const raises: number[] = []
  const inner = wrapMarks(createMemoryStoredMarks(marks))
  let committed = 0
  const world = await createWorld({
    commitLagMs: LAG_MS,
    ...options,
    marks: {
      async read(place, { confirm = false } = {}) {
        asked.push({ confirm })
        return inner.read(place, { confirm })
      },
      async raise(to, from) {
        raises.push(to.offset)
        await inner.raise(to, from)
      },
    },
    reading: false,
  })
  await world.controls.log.read({
    run: (assignment) =>
      world.reader.run({
        generation: assignment.generation,
        partition: assignment.partition,
        committed: assignment.committed,
        signal: assignment.signal,
        next: (max) => assignment.next(max),
        async commit(offset) {
          await assignment.commit(offset)
          expect(marks.get(`${assignment.generation} 0`)).toBeGreaterThanOrEqual(offset)
          committed = offset
        },
      }),
  })
  return { ...world, marks, asked, raises, committed: () => committed }
}

/** So many messages, stored and committed. */
async function stored(count: number, options: MarkedOptions = {}): Promise<MarkedWorld> {
  const world = await markedWorld(options)
  for (let i = 0; i < count; i++) await world.submit(send(`${i}`))
  await world.environment.advance(2 * LAG_MS)
  expect(world.committed()).toBe(count)
  return world
}

/** The partition is owned anew, as often as the sequencer tries. */
async function ownAgain(world: World): Promise<void> {
  world.controls.loseOwnership(0)
  await world.environment.advance(20_000)
}

describe('how far the store knows that it is stored (R8)', () => {
  it('R8: the store knows of everything that is committed, for as long as the commit is late', async () => {
    const world = await markedWorld()
    await world.submit(send('one'))
    await world.environment.advance(0)
    expect(world.marks.get(PLACE)).toBe(1)
    await world.environment.advance(LAG_MS - 1)
    expect(world.committed()).toBe(0)
    await world.environment.advance(1)
    expect(world.committed()).toBe(1)
  })

  it('R8: nothing is committed while the store has not taken the mark, and everything is served meanwhile', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => (release = resolve))
    const world = await markedWorld({
      wrapMarks: (marks) => ({
        ...marks,
        raise: async (to, from) => {
          await gate
          await marks.raise(to, from)
        },
      }),
    })
    const [one] = await world.submit(send('one'))
    await world.environment.advance(60_000)
    const [two] = await world.submit(send('two'))
    expect([one?.result.status, two?.result.status]).toEqual(['accepted', 'accepted'])
    expect(world.committed()).toBe(0)
    release()
    await world.environment.advance(2 * LAG_MS)
    expect(world.committed()).toBe(2)
  })

  it('R8: without a lag the mark is raised before the commit as well', async () => {
    const world = await markedWorld({ commitLagMs: 0 })
    await world.submit(send('one'))
    expect(world.committed()).toBe(1)
    expect(world.raises).toEqual([1])
  })

  it('I7: there are no more marks than commits, and few, however fast batches follow', async () => {
    const world = await markedWorld()
    for (let i = 0; i < 100; i++) {
      await world.submit(send(`${i}`))
      await world.environment.advance(100)
    }
    await world.environment.advance(2 * LAG_MS)
    expect(world.committed()).toBe(100)
    // 10 seconds, one in half a second
    expect(world.raises.length).toBeLessThanOrEqual(21)
    expect(world.raises.at(-1)).toBe(100)
  })

  it('R2: a mark of unknown outcome is raised again, until the store answers', async () => {
    let away = 3
    const world = await markedWorld({
      wrapMarks: (marks) => ({
        ...marks,
        async raise(to, from) {
          if (away === 1) await marks.raise(to, from)
          if (away-- > 0) throw new StoreUnavailable('no answer')
          await marks.raise(to, from)
        },
      }),
    })
    await world.submit(send('one'))
    await world.environment.advance(20_000)
    expect(world.raises).toEqual([1, 1, 1, 1])
    expect(world.troubles).toHaveLength(3)
    expect(world.committed()).toBe(1)
  })

  it('R1: an ownership that ends while the store does not take the mark ends at once', async () => {
    let isAway = true
    const world = await markedWorld({
      wrapMarks: (marks) => ({
        ...marks,
        async raise(to, from) {
          if (isAway) throw new StoreUnavailable('away')
          await marks.raise(to, from)
        },
      }),
    })
    await world.submit(send('one'))
    await world.environment.advance(100)
    world.controls.loseOwnership(0)
    await world.environment.settle()
    expect(world.announcements).toHaveLength(2)
    isAway = false
    await world.environment.advance(20_000)
    expect(world.committed()).toBe(1)
  })
})

describe('a store that has gone back (R3, R8)', () => {
  it('R8: an emptied store under kept offsets is refused after a second look: nothing is folded into it', async () => {
    const world = await stored(3)
    world.marks.clear()
    const looks = world.asked.length
    const answered = world.announcements.length
    await ownAgain(world)
    expect(world.alarms).toHaveLength(1)
    expect(world.alarms[0]?.message).toMatch(/gone back.*generation 1, partition 0, offset 3/)
    expect(world.alarms[0]?.message).toContain('tidings log renew')
    expect(world.asked.slice(looks)).toEqual([{ confirm: false }, { confirm: true }])
    const [late] = await world.submit(send('late'))
    expect(late).toBeUndefined()
    expect(world.announcements).toHaveLength(answered)
  })

  it('R8: so is one that was restored from an older backup', async () => {
    const world = await stored(3)
    world.marks.set(PLACE, 2)
    await ownAgain(world)
    expect(world.alarms).toHaveLength(1)
  })

  it('R8, R10: one that goes back no further than what is committed is healed by folding again', async () => {
    const world = await stored(3)
    await world.submit(send('four'))
    await world.environment.advance(100)
    expect([world.marks.get(PLACE), world.committed()]).toEqual([4, 3])
    world.marks.set(PLACE, 3)
    await ownAgain(world)
    expect(world.alarms).toEqual([])
    expect(world.committed()).toBe(4)
    expect(await world.served()).toHaveLength(4)
  })

  it('R8: one that goes back while it is written to is noticed with the next mark', async () => {
    const world = await stored(3)
    world.marks.clear()
    await world.submit(send('four'))
    await world.environment.advance(20_000)
    expect(world.alarms).toHaveLength(1)
    expect(world.committed()).toBe(3)
    expect(world.marks.size).toBe(0)
  })

  it('R3: a replica that is behind raises no alarm: the second look asks all', async () => {
    let isBehind = false
    const world = await stored(3, {
      wrapMarks: (marks) => ({
        ...marks,
        read: async (place, options) =>
          isBehind && options?.confirm !== true ? 0 : marks.read(place, options),
      }),
    })
    isBehind = true
    await ownAgain(world)
    expect(world.alarms).toEqual([])
    const [next] = await world.submit(send('next'))
    expect(next?.result).toMatchObject({ status: 'accepted', channelSeq: 4 })
  })

  it('waits while the store cannot tell', async () => {
    let isAway = false
    const world = await stored(3, {
      wrapMarks: (marks) => ({
        ...marks,
        async read(place, options) {
          if (isAway) throw new StoreUnavailable('away')
          return marks.read(place, options)
        },
      }),
    })
    isAway = true
    await ownAgain(world)
    const [waits] = await world.submit(send('next'))
    expect(waits).toBeUndefined()
    expect(world.alarms).toEqual([])
    isAway = false
    await world.environment.advance(10_000)
    expect(await world.served()).toHaveLength(4)
  })

  it('asks nothing of a partition of which nothing is committed: the first start, and one without traffic', async () => {
    const world = await markedWorld()
    await ownAgain(world)
    expect(world.alarms).toEqual([])
    expect(world.raises).toEqual([])
    await world.submit(send('one'))
    await ownAgain(world)
    expect(world.alarms).toEqual([])
    expect(world.committed()).toBe(1)
  })

  it('R10: a new generation begins with a mark of its own', async () => {
    const tables = new StoreTables()
    const first = await stored(3, { tables })
    const second = await markedWorld({ tables, known: first.marks, generation: 2 })
    await second.submit(send('four'))
    await second.environment.advance(2 * LAG_MS)
    expect(second.alarms).toEqual([])
    expect(Object.fromEntries(first.marks)).toEqual({ [PLACE]: 3, '2 0': 1 })
    expect(await second.served()).toHaveLength(4)
  })

  it('I5: an owner that is none any more lowers no mark, and what it raises is stored', async () => {
    const world = await stored(3)
    const zombie = world.controls.overlap(0, world.reader)
    await world.submit(send('four'), send('five'))
    await world.environment.advance(5 * LAG_MS)
    await zombie.close()
    expect(world.marks.get(PLACE)).toBe(5)
    expect(world.alarms).toEqual([])
    expect(await world.served()).toHaveLength(5)
  })
})
