import { describe, expect, it } from 'vitest'
import { TooBig } from '../../src/adapters/cassandra/session/errors.js'
import type { StampedWrite } from '../../src/adapters/cassandra/session/stamped.js'
import { statementsOf } from '../../src/adapters/cassandra/statements.js'
import { writeStages } from '../../src/adapters/cassandra/store/write.js'
import { writePlan } from '../../src/adapters/cassandra/store/write-plan.js'
import { StreamBuilder } from '../../src/ports/contract/stream-builder.js'
import { type StoreBatch, StoreUnavailable } from '../../src/ports/message-store.js'

const plan = (batch: StoreBatch) => writePlan(batch, statementsOf('k'), 60)
const tableOf = ({ cql }: StampedWrite) => /INTO k\.(\w+)/.exec(cql)?.[1] ?? ''
const tables = (request: readonly StampedWrite[]) => request.map(tableOf).join(' ')

function many(count: number, says = 1): StoreBatch {
  const batches = Array.from({ length: count }, (_, i) => {
    const stream = new StreamBuilder(`c${i}`, { firstOffset: i * says })
    for (let n = 0; n < says; n++) stream.say('hello')
    return stream.batch()
  })
  const [first = new StreamBuilder('c').batch()] = batches
  const runs = batches.flatMap((batch) => batch.runs)
  return { ...first, runs, ids: batches.flatMap((batch) => batch.ids) }
}

/** Holds every request until it is told what becomes of it. */
function heldSession() {
  const held: { readonly request: string; readonly end: PromiseWithResolvers<void> }[] = []
  return {
    held,
    async write(request: readonly StampedWrite[]) {
      const end = Promise.withResolvers<void>()
      held.push({ request: tables(request), end })
      await end.promise
    },
  }
}

describe('R7: the order of requests', () => {
  const stream = new StreamBuilder('c')
  for (let i = 0; i < 998; i++) stream.say(`${i}`)
  stream.say('999').say('1000').edit(5, 'edited').react(1_000, '👍', 'bob')
  const tail = stream.batch(998)

  it('is effects on other buckets, rows with their effects and pointers, then ids and heads', () => {
    const [effects = [], channels = [], results = []] = plan(tail)
    expect(effects.flat().map(tables)).toEqual(['effects'])
    expect(channels.map((sequence) => sequence.map(tables))).toEqual([
      ['events', 'pointers', 'effects events events events'],
    ])
    expect(results.flat().map(tables)).toEqual(['ids ids ids ids heads'])
  })

  it('I4: a channel’s requests go one after the other, other channels’ beside them', async () => {
    const session = heldSession()
    const other = new StreamBuilder('d', { firstOffset: 5_000 }).say('hello').batch()
    const batch = { ...tail, runs: [...tail.runs, ...other.runs] }
    const writing = writeStages(session, plan(batch))
    const seen: string[][] = []
    for (let answered = 0; ; ) {
      await turn()
      const open = session.held.slice(answered)
      if (open.length === 0) break
      seen.push(open.map(({ request }) => request))
      for (const { end } of open) end.resolve()
      answered += open.length
    }
    await writing
    expect(seen).toEqual([
      ['effects'],
      ['events', 'events'],
      ['pointers'],
      ['effects events events events'],
      ['ids ids ids ids heads heads'],
    ])
  })

  it('R2: after a failure nothing new is begun, and what is under way is waited for', async () => {
    const session = heldSession()
    let rejected: unknown
    const writing = writeStages(session, plan(many(3, 30))).catch((error: unknown) => {
      rejected = error
    })
    await turn()
    expect(session.held).toHaveLength(3)
    session.held[1]?.end.reject(new StoreUnavailable('torn'))
    session.held[0]?.end.resolve()
    await turn()
    expect(rejected).toBeUndefined()
    session.held[2]?.end.resolve()
    await writing
    expect(rejected).toBeInstanceOf(StoreUnavailable)
    expect(session.held).toHaveLength(3)
  })
})

describe('requests', () => {
  it('of ids and heads are shared by few: a node warns of more than ten, or of more than 5 KiB', () => {
    const [, , results = []] = plan(many(200))
    const requests = results.flat()
    expect(requests.flat()).toHaveLength(400)
    for (const request of requests) expectFewAndSmall(request)
    expect(requests.length).toBeLessThan(100)
  })

  it('of rows are shared by small channels, each of them whole in one request (I4, R6)', () => {
    const [, channels = []] = plan(many(24, 2))
    const requests = channels.flat()
    expect(requests.length).toBeLessThan(10)
    for (const request of requests) expectFewAndSmall(request)
    expect(requests.flatMap(channelsOf)).toHaveLength(24)
    expect(requests.flat().map(numbered)).toEqual(
      Array.from({ length: 24 }, (_, i) => [`c${i} 1`, `c${i} 2`]).flat(),
    )
  })

  it('R6: of many rows of one channel are shared with nobody', () => {
    const large = many(1, 30)
    const small = many(3).runs.map((run) => ({ ...run, channelId: `small-${run.channelId}` }))
    const [, channels = []] = plan({ ...large, runs: [...large.runs, ...small] })
    expect(channels.flat().map((request) => request.length)).toEqual([30, 3])
  })

  it('I4, R6: of a channel that crosses a bucket stay in order, beside what others share', () => {
    const crossing = new StreamBuilder('crossing')
    for (let i = 0; i < 1_000; i++) crossing.say(`${i}`)
    const tail = crossing.batch(998)
    const [, channels = []] = plan({ ...tail, runs: [...many(2).runs, ...tail.runs] })
    expect(channels.map((sequence) => sequence.map(tables))).toEqual([
      ['events', 'pointers', 'events'],
      ['events events'],
    ])
  })

  it('of effects on other buckets are shared: they are in no order among themselves', () => {
    const effects = Array.from({ length: 12 }, (_, i) => {
      const stream = new StreamBuilder(`c${i}`, { firstOffset: i * 2_000 })
      for (let n = 0; n < 1_000; n++) stream.say('hello')
      return stream.react(1, '👍', 'bob').batch(1_000)
    })
    const [first = many(1)] = effects
    const [asked = []] = plan({ ...first, runs: effects.flatMap((batch) => batch.runs), ids: [] })
    expect(asked.flat().map((request) => request.length)).toEqual([10, 2])
  })

  it('hold all ids of a channel that were made within the same seconds: they are one partition', () => {
    const stream = new StreamBuilder('c')
    for (let i = 0; i < 300; i++) stream.say('hello')
    const ids = stream.batch().ids.map((row, i) => {
      const clientMsgId = `019aa8b1-2c3d-7000-8000-${String(i).padStart(12, '0')}`
      return { ...row, id: { ...row.id, userId: `u${i}`, clientMsgId } }
    })
    const [, , results = []] = plan({ ...stream.batch(), ids })
    expect(results.flat().map((request) => request.length)).toEqual([300, 1])
  })

  it('R6: that are refused as too big are split, in order', async () => {
    const written: string[] = []
    const [request = []] = plan(many(1, 100))[1]?.[0] ?? []
    await writeStages(
      {
        async write(some) {
          if (some.length > 7) throw new TooBig('too big')
          for (const { values } of some) written.push(String(values[3]))
        },
      },
      [[[request]]],
    )
    expect(written).toEqual(Array.from({ length: 100 }, (_, i) => String(i + 1)))
  })

  it('I4, R6: that are shared and refused are split, and no channel’s numbers get out of order', async () => {
    const written: string[] = []
    await writeStages(
      {
        async write(some) {
          if (some.length > 3) throw new TooBig('too big')
          written.push(...some.map(numbered))
        },
      },
      [plan(many(4, 2))[1] ?? []],
    )
    expect(written).toEqual(['c0 1', 'c0 2', 'c1 1', 'c1 2', 'c2 1', 'c2 2', 'c3 1', 'c3 2'])
  })

  it('R6: of one event that is too big say what an operator must raise', async () => {
    const refuse = {
      async write() {
        throw new TooBig('too big')
      },
    }
    await expect(writeStages(refuse, plan(many(1)))).rejects.toThrow(/raise max_mutation_size/)
  })
})

/** Neither of more partitions nor of more bytes than a node takes without a warning. */
function expectFewAndSmall(request: readonly StampedWrite[]): void {
  expect(partitionsOf(request).length).toBeLessThanOrEqual(10)
  const text = request.flatMap(({ values }) => values.filter((one) => typeof one === 'string'))
  expect(Buffer.byteLength(text.join(''))).toBeLessThan(5 * 1024)
}

const partitionsOf = (request: readonly StampedWrite[]) => [
  ...new Set(request.map((write) => `${tableOf(write)} ${write.values[0]}`)),
]
const channelsOf = (request: readonly StampedWrite[]) => [
  ...new Set(request.map(({ values }) => values[0])),
]
const numbered = ({ values }: StampedWrite): string => `${values[0]} ${values[3]}`
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
