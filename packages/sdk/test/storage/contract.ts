import { afterEach, beforeEach, expect, it } from 'vitest'
import type { OpenOutboxStorage, OutboxRow, OutboxStorage } from '../../src/storage/port.js'
import { KEY, makeRow } from './rows.js'

/** What an adapter's own test brings: a place for rows, and what a new page or process would open. */
export interface Place {
  readonly open: OpenOutboxStorage
  /** Opens the same place as after a reload. */
  readonly reopen: OpenOutboxStorage
  cleanUp(): Promise<void>
}

/** The contract of the outbox's storage. Every adapter passes it. */
export function storageContract(makePlace: () => Promise<Place>): void {
  let place: Place
  let storage: OutboxStorage
  const opened: OutboxStorage[] = []

  const open = async (how: OpenOutboxStorage, key = KEY): Promise<OutboxStorage> => {
    const one = await how(key)
    opened.push(one)
    return one
  }
  const rowsOf = async (one: OutboxStorage): Promise<OutboxRow[]> =>
    [...(await one.load())].sort((a, b) => (a.id < b.id ? -1 : 1))

  beforeEach(async () => {
    place = await makePlace()
    storage = await open(place.open)
  })
  afterEach(async () => {
    for (const one of opened.splice(0)) await one.close()
    await place.cleanUp()
  })

  it('begins empty', async () => {
    expect(await storage.load()).toEqual([])
  })

  it('keeps rows as they are, for whoever opens it next', async () => {
    const rows = [
      makeRow('a'),
      makeRow('b', { firstTryTs: 5, state: 'parked', result: { ok: false } }),
    ]
    await storage.put(rows)
    expect(await rowsOf(storage)).toEqual(rows)
    await storage.close()
    expect(await rowsOf(await open(place.reopen))).toEqual(rows)
  })

  it('replaces a row by its newer form', async () => {
    await storage.put([makeRow('a')])
    await storage.put([makeRow('a', { firstTryTs: 7 })])
    expect(await storage.load()).toEqual([makeRow('a', { firstTryTs: 7 })])
  })

  it('does not reorder writes that were not waited for', async () => {
    const writes: Promise<void>[] = []
    for (let n = 0; n < 20; n++) writes.push(storage.put([makeRow('a', { n })]))
    writes.push(storage.put([makeRow('b')]), storage.remove(['b']))
    await Promise.all(writes)
    expect(await storage.load()).toEqual([makeRow('a', { n: 19 })])
  })

  it('removes rows, and takes no offence at ones that are not there', async () => {
    await storage.put([makeRow('a'), makeRow('b')])
    await storage.remove(['a', 'nobody'])
    expect(await storage.load()).toEqual([makeRow('b')])
  })

  it('gives the rows of one owner to another, and says which', async () => {
    await storage.put([makeRow('a'), makeRow('b', { owner: 'two' }), makeRow('c')])
    const adopted = await storage.adopt('one', 'three')
    expect([...adopted].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
      makeRow('a', { owner: 'three' }),
      makeRow('c', { owner: 'three' }),
    ])
    expect((await rowsOf(storage)).map(({ owner }) => owner)).toEqual(['three', 'two', 'three'])
  })

  it('gives rows to one adopter only, however many ask at once', async () => {
    const other = await open(place.open)
    await storage.put([makeRow('a'), makeRow('b')])
    const both = await Promise.all([storage.adopt('one', 'two'), other.adopt('one', 'three')])
    expect(both.map((rows) => rows.length).sort()).toEqual([0, 2])
    const owners = new Set((await storage.load()).map(({ owner }) => owner))
    expect(owners.size).toBe(1)
  })

  it('shows what another handle of the same key wrote', async () => {
    const other = await open(place.open)
    await other.put([makeRow('a')])
    expect(await storage.load()).toEqual([makeRow('a')])
    await other.close()
    expect(await storage.load()).toEqual([makeRow('a')])
  })

  it('keeps users and addresses apart', async () => {
    await storage.put([makeRow('a')])
    const bob = await open(place.open, { ...KEY, userId: 'bob' })
    const elsewhere = await open(place.open, { ...KEY, url: 'wss://other.example.com/v1/ws' })
    expect(await bob.load()).toEqual([])
    expect(await elsewhere.load()).toEqual([])
  })

  it('takes ids and texts with every odd character', async () => {
    const odd = '\u0000\n"\\\u2028'
    const row = makeRow(odd, {
      owner: odd,
      frame: { text: odd, metadata: { [odd]: [odd, null, 1.5] } },
    })
    await storage.put([row])
    await storage.close()
    expect(await (await open(place.reopen)).load()).toEqual([row])
  })

  it('holds as many rows as an outbox does', async () => {
    const rows = Array.from({ length: 1_000 }, (_, n) =>
      makeRow(`row-${String(n).padStart(4, '0')}`, { n }),
    )
    await storage.put(rows)
    expect(await rowsOf(storage)).toEqual(rows)
  })

  it('refuses writes after close instead of losing them silently', async () => {
    await storage.close()
    if (storage.durability === 'memory') return
    await expect(storage.put([makeRow('a')])).rejects.toThrow()
  })
}
