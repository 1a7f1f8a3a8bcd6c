import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byCreation, type Entry, newEntry, OWED } from '../../src/outbox/entry.js'
import {
  ANSWER_TIMEOUT_MS,
  type PlanContext,
  planSends,
  WINDOW_MAX,
} from '../../src/outbox/plan.js'
import { claimed, connected, EMPTY, type OutboxState, written } from '../../src/outbox/reducer.js'
import { makeRow } from '../storage/rows.js'

const NOW = 1_000_000
const CHANNELS = ['a', 'b']

const entry: fc.Arbitrary<
  Omit<Entry, 'row'> & {
    channel: number
    createdAt: number
    parked: boolean
    stampedAgo: number | undefined
    isStored: boolean
  }
> = fc.record({
  channel: fc.nat(CHANNELS.length - 1),
  createdAt: fc.nat(5),
  parked: fc.boolean(),
  stampedAgo: fc.option(fc.nat(100_000), { nil: undefined }),
  isStored: fc.boolean(),
  bytes: fc.constant(1),
  stored: fc.constant(undefined),
  adopted: fc.boolean(),
  wireAt: fc.option(fc.integer({ min: NOW - 20_000, max: NOW }), { nil: undefined }),
  written: fc.boolean(),
  doubt: fc.boolean(),
  notBefore: fc.integer({ min: NOW - 10, max: NOW + 10 }),
  delays: fc.constant(0),
  errors: fc.constant(0),
  blamed: fc.constant(0),
  suspect: fc.constant(false),
})

const state: fc.Arbitrary<OutboxState> = fc.array(entry, { maxLength: 12 }).map((parts) => ({
  ...EMPTY,
  entries: parts
    .map(({ channel, createdAt, parked, stampedAgo, isStored, ...rest }, n): Entry => {
      const row = makeRow(`row-${n}`, {
        channelId: CHANNELS[channel] ?? '',
        createdAt,
        n,
        firstTryTs: stampedAgo === undefined ? undefined : NOW - stampedAgo,
        state: parked ? 'parked' : 'pending',
      })
      const wireAt = parked ? undefined : rest.wireAt
      return { ...rest, row, wireAt, stored: isStored ? row : undefined }
    })
    .sort((a, b) => byCreation(a.row, b.row)),
}))

const context: fc.Arbitrary<PlanContext> = fc.record({
  now: fc.constant(NOW),
  serverNow: fc.constant(NOW),
  pipeline: fc.integer({ min: 1, max: 3 }),
  needsDisk: fc.boolean(),
  away: fc.subarray(CHANNELS).map((channels) => new Set(channels)),
})

describe('the plan of what to send now', () => {
  it('[P-81] never has more of a channel on the wire than it may, and never overtakes', () => {
    fc.assert(
      fc.property(state, context, (outbox, how) => {
        const { write } = planSends(outbox, how)
        for (const channelId of CHANNELS) {
          const lane = outbox.entries.filter(
            ({ row }) => row.channelId === channelId && row.state === 'pending',
          )
          const fresh = write.filter((one) => lane.includes(one) && one.wireAt === undefined)
          const unanswered = lane.filter(({ wireAt }) => wireAt !== undefined).length
          if (fresh.length > 0) expect(unanswered + fresh.length).toBeLessThanOrEqual(how.pipeline)
          const isAway = how.away.has(channelId)
          const waiting = lane.filter(
            ({ wireAt, adopted }) => wireAt === undefined && (adopted || !isAway),
          )
          expect(fresh).toEqual(waiting.slice(0, fresh.length))
        }
      }),
    )
  })

  it('[P-82] writes only what is on disk with the time of its first try, unless the disk failed', () => {
    fc.assert(
      fc.property(state, context, (outbox, how) => {
        const { write, stamp } = planSends(outbox, how)
        for (const one of write.filter(({ wireAt }) => wireAt === undefined)) {
          expect(one.row.state).toBe('pending')
          expect(one.notBefore).toBeLessThanOrEqual(NOW)
          expect(stamp).not.toContain(one)
          if (how.needsDisk) expect(one.stored).toBe(one.row)
          if (!one.written) expect(one.row.firstTryTs).toBeDefined()
        }
        for (const one of stamp) expect(one.written).toBe(false)
      }),
    )
  })

  it('[P-83] writes again what had no answer for 10 s, nothing else, and wakes for it in time', () => {
    fc.assert(
      fc.property(state, context, (outbox, how) => {
        const { write, wakeAt } = planSends(outbox, how)
        for (const one of outbox.entries) {
          if (one.wireAt === undefined) continue
          const dueAt = one.wireAt + ANSWER_TIMEOUT_MS
          expect(write.includes(one)).toBe(dueAt <= NOW)
          if (dueAt > NOW) expect(wakeAt).toBeLessThanOrEqual(dueAt)
        }
        expect(wakeAt).toBeGreaterThan(NOW)
      }),
    )
  })
})

describe('more commands than a server takes envelopes at once', () => {
  const how: PlanContext = {
    now: NOW,
    serverNow: NOW,
    pipeline: 1_000,
    needsDisk: true,
    away: new Set(),
  }
  const inChannels = (names: string[]): Entry[] =>
    names.map((channelId, n) => {
      const row = makeRow(`row-${n}`, { channelId, createdAt: n, n, firstTryTs: NOW })
      return { ...newEntry(row, 1, false), stored: row }
    })
  const busy = Array.from({ length: 300 }, () => 'busy')
  const others = Array.from({ length: 50 }, (_, n) => `channel ${n}`)
  /** Ten a second, and so many at once. */
  const paced = (entries: Entry[], burst: number): OutboxState => ({
    ...EMPTY,
    entries,
    envelopes: { intervalMs: 100, burst },
  })

  it('I7: a channel has no more than a window on the wire, and the others go beside it', () => {
    const onTheWire = (one: Entry, n: number) => (n < WINDOW_MAX ? { ...one, wireAt: NOW } : one)
    const entries = inChannels([...busy, ...others]).map(onTheWire)
    const { write } = planSends({ ...EMPTY, entries }, how)
    expect(write.map(({ row }) => row.channelId)).toEqual(others)
    const fresh = planSends({ ...EMPTY, entries: inChannels(busy) }, how)
    expect(fresh.write).toHaveLength(WINDOW_MAX)
  })

  it('I7: what a channel has that was put off holds up no other', () => {
    const entries = inChannels([...busy, ...others]).map((one, n) =>
      n < busy.length ? { ...one, notBefore: NOW + 5_000 } : one,
    )
    const { write, wakeAt } = planSends({ ...EMPTY, entries }, how)
    expect(write.map(({ row }) => row.channelId)).toEqual(others)
    expect(wakeAt).toBe(NOW + 5_000)
  })

  it('[P-102] go as fast as the server takes them, those from before first, repeats counted', () => {
    const all = [...others, ...others]
    const entries = inChannels(all).map((one, n) =>
      n < 3 ? { ...one, wireAt: NOW - ANSWER_TIMEOUT_MS } : one,
    )
    const first = planSends(paced(entries, 10), how)
    expect(first.write).toEqual(entries.slice(0, 10))
    expect(first.wakeAt).toBe(NOW + 100)
    let state = paced(entries, 10)
    for (const { row } of first.write) ({ state } = written(state, row.id, NOW))
    expect(planSends(state, how).write).toEqual([])
    expect(planSends(state, { ...how, now: NOW + 350 }).write).toHaveLength(3)
    ;({ state } = connected(state, state.pace, state.envelopes))
    expect(planSends(state, how).write).toEqual(entries.slice(0, 10).map(isOwed))
  })
})

const isOwed = ({ row }: Entry) => expect.objectContaining({ row, wireAt: OWED })

describe('adopted rows', () => {
  it('keep their order, and own ones keep theirs, whatever the clocks said', () => {
    const times = fc.array(fc.nat(10), { maxLength: 6 })
    fc.assert(
      fc.property(times, times, (theirs, mine) => {
        const rows = (who: string, at: number[]) =>
          at
            .sort((a, b) => a - b)
            .map((createdAt, n) => makeRow(`${who}${n}`, { owner: who, createdAt, n }))
        const own = rows('', mine).map((row) => newEntry(row, 1, false))
        const { state: after } = claimed(
          { ...EMPTY, entries: own },
          'me',
          rows('x', theirs),
          new Set(),
        )
        const ids = after.entries.map(({ row }) => row.id)
        expect(ids).toEqual([...theirs.map((_, n) => `x${n}`), ...mine.map((_, n) => `${n}`)])
      }),
    )
  })
})
