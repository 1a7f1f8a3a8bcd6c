import type { Environment, LifecycleSignal } from '../environment/port.js'
import type { Entry } from '../outbox/entry.js'
import { Persister, STORAGE_TIMEOUT_MS } from '../outbox/persister.js'
import { uuidv7 } from '../outbox/uuid.js'
import { within } from '../outbox/within.js'
import type { OpenOutboxStorage, OutboxRow, OutboxStorage } from '../storage/port.js'
import { type Ask, type Bulletin, openBulletin } from './bulletin.js'
import { type Attempt, adoptFromTheDead, type Claim, claim } from './claim.js'

const SCAN_INTERVAL_MS = 30_000
/** So long a woken page can learn how its commands ended … */
const SETTLED_KEPT_MS = 24 * 60 * 60 * 1000
/** … and of so many (I7). */
const SETTLED_KEPT_MAX = 1_000

export interface SharedRowsEvents {
  /**
   * This instance drains under the name `owner` from now on, the adopted rows too, some of which it
   * may hold already. `stored` are the ids of all rows; undefined when they could not be read.
   */
  claimed(
    owner: string,
    adopted: readonly OutboxRow[],
    stored: ReadonlySet<string> | undefined,
  ): void
  stored(rows: readonly OutboxRow[]): void
  durability(durability: 'disk' | 'memory'): void
  /** A row of another instance is other than before. `known`: it was in `others`. */
  other(row: OutboxRow, known: boolean): void
  asked(ask: Ask): void
}

/**
 * The rows of one user, shared by all tabs: each drains its own, keeps a lock of its own name while
 * it lives, and takes over what the dead left. A page that goes into the back/forward cache gives
 * its lock back and returns under another name. Where storage fails, everything goes on in memory.
 */
export class SharedRows {
  readonly #environment: Environment
  readonly #events: SharedRowsEvents
  readonly #name: string
  readonly #open: () => ReturnType<OpenOutboxStorage>
  readonly #offSignal: () => void
  readonly #others = new Map<string, OutboxRow>()
  /** Rows that changed since a scan began: newer than what it reads. */
  readonly #heard = new Set<string>()
  #phase: 'opening' | 'open' | 'asleep' | 'closed' = 'opening'
  #hidden = false
  #owner = ''
  #persister: Persister | undefined
  #bulletin: Bulletin | undefined
  #release: () => void = () => {}
  #timer: unknown
  #news: OutboxRow[] = []
  #durability: 'disk' | 'memory' = 'memory'
  /** What is under way: opening, a scan, falling asleep. Never rejects. */
  #work: Promise<void>

  constructor(
    environment: Environment,
    openStorage: OpenOutboxStorage,
    key: { url: string; userId: string },
    events: SharedRowsEvents,
  ) {
    this.#environment = environment
    this.#events = events
    this.#name = `tidings-outbox-1:${JSON.stringify([key.url, key.userId])}`
    this.#open = () => openStorage(key)
    this.#offSignal = environment.onSignal((signal) => this.#signal(signal))
    this.#work = this.#begin()
  }

  get owner(): string {
    return this.#owner
  }

  /** False while it is not yet known which rows are ours, and while the page sleeps. */
  get isOpen(): boolean {
    return this.#phase === 'open'
  }

  get durability(): 'disk' | 'memory' {
    return this.#durability
  }

  /** True if commands have to wait until they are stored. */
  get needsDisk(): boolean {
    return this.#persister?.hasFailed === false
  }

  /** What other instances have in hand. */
  get others(): ReadonlyMap<string, OutboxRow> {
    return this.#others
  }

  /**
   * Takes what became of own rows; `flush` carries it to the storage and the other tabs. Until the
   * rows are claimed nothing is taken: `claimed` saves all that is not yet in the new owner's name.
   */
  save(entry: Entry, tell: boolean): void {
    if (this.#phase === 'opening') return
    // Asleep: what is on disk may be another's by now, only what is new can go there.
    if (this.#phase === 'asleep' && entry.stored !== undefined) return
    const { row } = entry
    this.#heard.add(row.id)
    const isSettled = row.state === 'settled'
    const kept = isSettled ? { ...row, frame: {} } : row
    // Whoever made an adopted row may wake up; of others nobody will ask.
    if (isSettled && !entry.adopted) this.#persister?.remove(row.id)
    else this.#persister?.put(kept)
    if (tell) this.#news.push(kept)
  }

  flush(): void {
    this.#persister?.start()
    const rows = this.#news.splice(0)
    if (rows.length > 0) this.#bulletin?.post({ rows })
  }

  ask(ask: Ask): void {
    this.#bulletin?.post(ask)
  }

  async close(): Promise<void> {
    this.#phase = 'closed'
    this.#offSignal()
    this.#rest()
    await this.#work
    await this.#persister?.flush()
    const closed = this.#persister?.storage.close() ?? Promise.resolve()
    await within(this.#environment, STORAGE_TIMEOUT_MS, closed).catch(() => {})
    this.#release()
  }

  async #begin(): Promise<void> {
    const { locks } = this.#environment
    const owner = uuidv7(this.#environment)
    this.#heard.clear()
    this.#bulletin = openBulletin(this.#environment, this.#name, {
      rows: (rows) => {
        for (const row of rows) {
          this.#heard.add(row.id)
          this.#note(row)
        }
      },
      ask: (ask) => this.#events.asked(ask),
    })
    const attempt: Attempt = { isOver: false, release: () => {} }
    const storage = async () => this.#persister?.storage ?? this.#open()
    let taken: Claim | undefined
    try {
      const claiming = claim(locks, storage, this.#name, owner, attempt)
      taken = await within(this.#environment, STORAGE_TIMEOUT_MS, claiming)
    } catch {
      attempt.isOver = true
      attempt.release()
    }
    this.#take(owner, taken)
  }

  #take(owner: string, taken: Claim | undefined): void {
    this.#release = taken?.release ?? (() => {})
    this.#persister = taken && (this.#persister ?? this.#persist(taken.storage))
    if (this.#phase === 'closed') return
    this.#owner = owner
    this.#phase = 'open'
    if (taken === undefined) this.#beAlone(owner)
    else this.#read(taken.rows, taken.adopted)
    this.#setDurability(taken?.storage.durability ?? 'memory')
    this.#schedule()
    if (this.#hidden) this.#sleep()
  }

  /** Without a storage nothing is shared: nobody could say later what became of a row. */
  #beAlone(owner: string): void {
    this.#rest()
    for (const row of [...this.#others.values()]) this.#note({ ...row, state: 'settled' })
    this.#events.claimed(owner, [], undefined)
  }

  #persist(storage: OutboxStorage): Persister {
    return new Persister(storage, this.#environment, {
      stored: (rows) => {
        this.#setDurability(storage.durability)
        this.#events.stored(rows)
      },
      failed: () => this.#setDurability('memory'),
    })
  }

  #setDurability(durability: 'disk' | 'memory'): void {
    if (durability === this.#durability) return
    this.#durability = durability
    this.#events.durability(durability)
  }

  #schedule(): void {
    if (this.#phase !== 'open' || this.#persister === undefined) return
    this.#timer = this.#environment.setTimer(() => {
      this.#work = this.#scan().finally(() => this.#schedule())
    }, SCAN_INTERVAL_MS)
  }

  /** Tries again what could not be written, and looks for what the dead left. */
  async #scan(): Promise<void> {
    const persister = this.#persister
    if (persister === undefined) return
    const { storage } = persister
    const owner = this.#owner
    await persister.flush()
    this.#heard.clear()
    try {
      const { locks } = this.#environment
      const look = async () => {
        const rows = await storage.load()
        return { rows, adopted: await adoptFromTheDead(locks, storage, this.#name, owner, rows) }
      }
      const { rows, adopted } = await within(this.#environment, STORAGE_TIMEOUT_MS, look())
      // Asleep or closed meanwhile: the adopted rows lie under a free lock and find another owner.
      if (this.#phase === 'open') this.#read(rows, adopted)
    } catch {
      // What cannot be read now is read by the next scan.
    }
  }

  /** Takes in what the storage says. */
  #read(rows: readonly OutboxRow[], adopted: readonly OutboxRow[]): void {
    const oldestKept = this.#environment.now() - SETTLED_KEPT_MS
    const settled = rows.filter((row) => row.state === 'settled')
    settled.sort((a, b) => (b.settledAt ?? 0) - (a.settledAt ?? 0))
    for (const [i, { id, settledAt = 0 }] of settled.entries()) {
      if (i >= SETTLED_KEPT_MAX || settledAt < oldestKept) this.#persister?.remove(id)
    }
    const stored = new Set(rows.map(({ id }) => id))
    const mine = new Set(adopted.map(({ id }) => id))
    for (const id of mine) this.#others.delete(id)
    // Adopted by a scan that was given up: they are ours, and nobody else may take them. What ended
    // here and could not be removed stays ended.
    const found = rows.filter(
      ({ id, owner, state }) =>
        owner === this.#owner &&
        state !== 'settled' &&
        !this.#heard.has(id) &&
        !this.#persister?.holds(id),
    )
    this.#events.claimed(this.#owner, [...adopted, ...found], stored)
    for (const row of rows) {
      if (row.owner !== this.#owner && !mine.has(row.id) && !this.#heard.has(row.id))
        this.#note(row)
    }
    for (const [id, row] of this.#others) {
      if (!stored.has(id) && !this.#heard.has(id)) this.#note({ ...row, state: 'settled' })
    }
    this.flush()
  }

  #note(row: OutboxRow): void {
    const before = this.#others.get(row.id)
    if (row.state === 'settled') this.#others.delete(row.id)
    else if (before?.state === row.state) return
    else this.#others.set(row.id, row)
    this.#events.other(row, before !== undefined)
  }

  #signal(signal: LifecycleSignal): void {
    if (signal === 'pagehide') {
      this.#hidden = true
      if (this.#phase === 'open') this.#sleep()
    } else if (signal === 'pageshow' && this.#hidden) {
      this.#hidden = false
      if (this.#phase !== 'asleep') return
      this.#phase = 'opening'
      this.#work = this.#work.then(() => this.#persister?.flush()).then(() => this.#begin())
    }
  }

  /** What is under way reaches the storage before the lock is free. */
  #sleep(): void {
    this.#phase = 'asleep'
    this.#rest()
    const rested = Promise.resolve(this.#persister?.flush()).then(this.#release)
    this.#work = Promise.all([this.#work, rested]).then(() => {})
  }

  #rest(): void {
    this.#environment.clearTimer(this.#timer)
    this.#bulletin?.close()
    this.#bulletin = undefined
  }
}
