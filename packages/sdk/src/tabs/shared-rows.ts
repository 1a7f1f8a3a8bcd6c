import type { Environment } from '../environment/port.js'
import type { Entry } from '../outbox/entry.js'
import { createPersister, type Persister, STORAGE_TIMEOUT_MS } from '../outbox/persister.js'
import { uuidv7 } from '../outbox/uuid.js'
import { within } from '../outbox/within.js'
import type { OpenOutboxStorage, OutboxRow, OutboxStorage } from '../storage/port.js'
import { type Ask, type Bulletin, openBulletin } from './bulletin.js'
import { type Attempt, adoptFromTheDead, type Claim, claim, openInTime, shut } from './claim.js'

const SCAN_INTERVAL_MS = 30_000
/** So long a woken page can learn how its commands ended … */
const SETTLED_KEPT_MS = 24 * 60 * 60 * 1000
/** … and of so many (I7). */
const SETTLED_KEPT_MAX = 1_000

export interface SharedRowsEvents {
  /**
   * This instance drains under the name `owner` from now on, the adopted rows too, some of which it
   * may hold already. `stored` are the ids of all rows; undefined when they could not be read.
   * `elsewhere`: what others have still to send.
   */
  claimed(
    owner: string,
    adopted: readonly OutboxRow[],
    stored: ReadonlySet<string> | undefined,
    elsewhere: ReadonlySet<string>,
  ): void
  stored(rows: readonly OutboxRow[]): void
  durability(durability: 'disk' | 'memory'): void
  /** A row of another instance is other than before. `known`: it was in `others`. */
  other(row: OutboxRow, known: boolean): void
  asked(ask: Ask): void
}

/** The rows of one user, as one instance has them. */
export interface SharedRows {
  readonly owner: string
  /** False while it is not yet known which rows are ours, and while the page sleeps. */
  readonly isOpen: boolean
  readonly durability: 'disk' | 'memory'
  /** True if commands have to wait until they are stored. */
  readonly needsDisk: boolean
  /** What is here is, or will be, on a disk: it goes on with the next client. */
  readonly outlives: boolean
  /** What other instances have in hand. */
  readonly others: ReadonlyMap<string, OutboxRow>
  /**
   * Takes what became of own rows; `flush` carries it to the storage and the other tabs. Until the
   * rows are claimed nothing is taken: `claimed` saves all that is not yet in the new owner's name.
   */
  save(entry: Entry, tell: boolean): void
  flush(): void
  ask(ask: Ask): void
  close(): Promise<void>
}

/**
 * The rows of one user, shared by all tabs: each drains its own, keeps a lock of its own name while
 * it lives, and takes over what the dead left. A page that goes into the back/forward cache gives
 * its lock back and returns under another name. Where storage fails, everything goes on in memory.
 */
export function createSharedRows(
  environment: Environment,
  openStorage: OpenOutboxStorage,
  key: { url: string; userId: string },
  events: SharedRowsEvents,
): SharedRows {
  const { locks } = environment
  const name = `tidings-outbox-1:${JSON.stringify([key.url, key.userId])}`
  const others = new Map<string, OutboxRow>()
  /** Rows that changed since a scan began: newer than what it reads. */
  const heard = new Set<string>()
  const news: OutboxRow[] = []
  let phase: 'opening' | 'open' | 'asleep' | 'closed' = 'opening'
  /** Open, and nothing is claimed: what comes is kept, and written before the next claim reads. */
  let isAlone = false
  let hidden = false
  let owner = ''
  let persister: Persister | undefined
  let bulletin: Bulletin | undefined
  let release = (): void => {}
  let timer: unknown
  let durability: 'disk' | 'memory' = 'memory'
  const isClosed = (): boolean => phase === 'closed'

  const open = async (): Promise<void> => {
    if (isClosed()) return
    const me = uuidv7(environment)
    heard.clear()
    bulletin = openBulletin(environment, name, {
      rows(rows) {
        for (const row of rows) {
          heard.add(row.id)
          note(row)
        }
      },
      ask: events.asked,
    })
    const attempt: Attempt = { isOver: false, keeps: persister !== undefined, release: () => {} }
    const storage = async () => persister?.storage ?? openStorage(key)
    let taken: Claim | undefined
    try {
      const claiming = claim(locks, storage, name, me, attempt)
      taken = await within(environment, STORAGE_TIMEOUT_MS, claiming)
    } catch {
      attempt.isOver = true
      attempt.release()
    }
    release = taken?.release ?? (() => {})
    if (taken) persister ??= persist(taken.storage)
    if (isClosed()) return
    isAlone = !taken
    owner = me
    phase = 'open'
    if (taken) read(taken.rows, taken.adopted)
    else beAlone()
    setDurability(taken?.storage.durability ?? 'memory')
    schedule()
    if (hidden) sleep()
  }

  /** Without a storage nothing is shared: nobody could say later what became of a row. */
  const beAlone = (): void => {
    rest()
    for (const row of [...others.values()]) note({ ...row, state: 'settled' })
    events.claimed(owner, [], undefined, new Set())
  }

  const persist = (storage: OutboxStorage): Persister =>
    createPersister(storage, environment, {
      stored(rows) {
        if (!isAlone) setDurability(persister?.storage.durability ?? 'memory')
        events.stored(rows)
      },
      failed: () => setDurability('memory'),
    })

  const setDurability = (next: 'disk' | 'memory'): void => {
    if (next === durability) return
    durability = next
    events.durability(next)
  }

  const schedule = (): void => {
    environment.clearTimer(timer)
    if (phase !== 'open') return
    timer = environment.setTimer(() => {
      work = (isAlone ? openLate() : scan()).finally(schedule)
    }, SCAN_INTERVAL_MS)
  }

  /** Tries again what could not be opened, while everything goes on in memory. */
  const openLate = async (): Promise<void> => {
    const opened = await openInTime(environment, () => openStorage(key))
    if (phase !== 'open' || !opened) return shut(opened)
    phase = 'opening'
    void shut(persister?.storage)
    persister ??= persist(opened)
    persister.storage = opened
    await persister.flush()
    await open()
  }

  /** Tries again what could not be written, and looks for what the dead left. */
  const scan = async (): Promise<void> => {
    if (!persister) return
    const { storage } = persister
    const me = owner
    // First: what ends while the rest is still being written must not come back with what is read.
    heard.clear()
    await persister.flush()
    const look = async () => {
      const rows = await storage.load()
      return { rows, adopted: await adoptFromTheDead(locks, storage, name, me, rows) }
    }
    try {
      const { rows, adopted } = await within(environment, STORAGE_TIMEOUT_MS, look())
      // Asleep or closed meanwhile: the adopted rows lie under a free lock and find another owner.
      if (phase === 'open') read(rows, adopted)
    } catch {
      // What cannot be read now is read by the next scan.
    }
  }

  /** Takes in what the storage says. */
  const read = (rows: readonly OutboxRow[], adopted: readonly OutboxRow[]): void => {
    const oldestKept = environment.now() - SETTLED_KEPT_MS
    const settled = rows.filter((row) => row.state === 'settled')
    settled.sort((a, b) => (b.settledAt ?? 0) - (a.settledAt ?? 0))
    for (const [i, { id, settledAt = 0 }] of settled.entries()) {
      if (i >= SETTLED_KEPT_MAX || settledAt < oldestKept) persister?.remove(id)
    }
    const stored = new Set(rows.map(({ id }) => id))
    const mine = new Set(adopted.map(({ id }) => id))
    // Adopted by a scan that was given up: they are ours, and nobody else may take them.
    const late = rows.filter(
      (row) => row.owner === owner && row.state !== 'settled' && !heard.has(row.id),
    )
    // What ended here and could not be removed stays ended.
    const found = [...adopted, ...late].filter(({ id }) => !persister?.removes(id))
    for (const { id } of found) others.delete(id)
    const elsewhere = [...others.values(), ...rows.filter(({ id }) => !heard.has(id))]
    const pending = elsewhere.filter((row) => row.state === 'pending' && row.owner !== owner)
    events.claimed(owner, found, stored, new Set(pending.map(({ id }) => id)))
    for (const row of rows) {
      if (row.owner !== owner && !mine.has(row.id) && !heard.has(row.id)) note(row)
    }
    for (const [id, row] of others) {
      if (!stored.has(id) && !heard.has(id)) note({ ...row, state: 'settled' })
    }
    flush()
  }

  const note = (row: OutboxRow): void => {
    const before = others.get(row.id)
    if (row.state === 'settled') others.delete(row.id)
    else if (before?.state === row.state) return
    else others.set(row.id, row)
    events.other(row, before !== undefined)
  }

  /** What is under way reaches the storage before the lock is free. */
  const sleep = (): void => {
    phase = 'asleep'
    isAlone = false
    rest()
    const rested = Promise.resolve(persister?.flush()).then(release)
    work = Promise.all([work, rested]).then(() => {})
  }

  const rest = (): void => {
    environment.clearTimer(timer)
    bulletin?.close()
    bulletin = undefined
  }

  const flush = (): void => {
    if (!isAlone) persister?.start()
    const rows = news.splice(0)
    if (rows.length > 0) bulletin?.post({ rows })
  }

  const offSignal = environment.onSignal((signal) => {
    if (signal === 'pagehide') {
      hidden = true
      if (phase === 'open') sleep()
    } else if (signal === 'pageshow' && hidden) {
      hidden = false
      if (phase !== 'asleep') return
      phase = 'opening'
      work = work.then(() => persister?.flush()).then(() => open())
    }
  })

  /** What is under way: opening, a scan, falling asleep. Never rejects. */
  let work = open()

  return {
    get owner() {
      return owner
    },
    get isOpen() {
      return phase === 'open'
    },
    get durability() {
      return durability
    },
    get needsDisk() {
      return !isAlone && persister?.hasFailed === false
    },
    get outlives() {
      return persister?.storage.durability === 'disk'
    },
    others,
    save(entry, tell) {
      if (phase === 'opening') return
      const { row } = entry
      const isSettled = row.state === 'settled'
      // What is on disk may be another's by now: only what is new can go there, and what is over.
      if ((isAlone || phase === 'asleep') && entry.stored && !isSettled) return
      if (!isAlone) heard.add(row.id)
      const kept = isSettled ? { ...row, frame: {} } : row
      // Whoever made an adopted row may wake up; of others nobody will ask.
      if (isSettled && !entry.adopted) persister?.remove(row.id)
      else persister?.put(kept)
      if (tell) news.push(kept)
    },
    flush,
    ask: (ask) => bulletin?.post(ask),
    async close() {
      phase = 'closed'
      offSignal()
      rest()
      await work
      await persister?.flush()
      await within(environment, STORAGE_TIMEOUT_MS, shut(persister?.storage)).catch(() => {})
      release()
    },
  }
}
