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
    const writing = writeStages(session, plan(many(3))).catch((error: unknown) => {
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
    for (const request of requests) {
      expect(request.length).toBeLessThanOrEqual(10)
      const text = request.flatMap(({ values }) => values.filter((one) => typeof one === 'string'))
      expect(Buffer.byteLength(text.join(''))).toBeLessThan(5 * 1024)
    }
    expect(requests.length).toBeLessThan(100)
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

  it('R6: of one event that is too big say what an operator must raise', async () => {
    const refuse = {
      async write() {
        throw new TooBig('too big')
      },
    }
    await expect(writeStages(refuse, plan(many(1)))).rejects.toThrow(/raise max_mutation_size/)
  })
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
