import type { Environment } from '../environment/port.js'
import type { OutboxRow, OutboxStorage } from '../storage/port.js'
import { within } from './within.js'

/** A storage that does not answer for this long has failed; the outbox goes on in memory. */
export const STORAGE_TIMEOUT_MS = 2_000

/** Beyond this a failed storage keeps rows that are done: sent again later, they are recognised (I7). */
const REMOVES_MAX = 10_000

export interface PersisterEvents {
  /** These are on disk, as they are. */
  stored(rows: readonly OutboxRow[]): void
  /** A write failed; what it held is kept and tried again by `flush`. */
  failed(): void
}

/**
 * Takes what the outbox decides to the storage: one write at a time, everything that came meanwhile
 * in the next. Of a row only its newest form is kept, so it holds no more than the outbox does (I7).
 */
export class Persister {
  readonly #puts = new Map<string, OutboxRow>()
  readonly #removes = new Set<string>()
  #isWriting = false
  #written = Promise.resolve()
  /** The last write failed: nothing should wait for this storage. */
  hasFailed = false

  constructor(
    readonly storage: OutboxStorage,
    private readonly environment: Environment,
    private readonly events: PersisterEvents,
  ) {}

  put(row: OutboxRow): void {
    this.#removes.delete(row.id)
    this.#puts.set(row.id, row)
  }

  remove(id: string): void {
    this.#puts.delete(id)
    if (this.#removes.size < REMOVES_MAX) this.#removes.add(id)
  }

  /** Begins to write, unless the last write failed: then only `flush` tries again. */
  start(): void {
    if (!this.hasFailed) void this.flush()
  }

  /** Resolves when nothing is left to write, or a write failed. Never rejects. */
  flush(): Promise<void> {
    if (!this.#isWriting) {
      this.#isWriting = true
      this.#written = this.#run()
    }
    return this.#written
  }

  async #run(): Promise<void> {
    while (this.#puts.size + this.#removes.size > 0) {
      const rows = [...this.#puts.values()]
      const ids = [...this.#removes]
      this.#puts.clear()
      this.#removes.clear()
      try {
        const { storage } = this
        const puts = rows.length > 0 ? storage.put(rows) : undefined
        const removes = ids.length > 0 ? storage.remove(ids) : undefined
        await within(this.environment, STORAGE_TIMEOUT_MS, Promise.all([puts, removes]))
        this.hasFailed = false
        this.events.stored(rows)
      } catch {
        for (const row of rows) if (!this.holds(row.id)) this.#puts.set(row.id, row)
        for (const id of ids) if (!this.holds(id)) this.#removes.add(id)
        this.hasFailed = true
        this.events.failed()
        break
      }
    }
    this.#isWriting = false
  }

  /** Something about this row is yet to be written: what the storage says of it is out of date. */
  holds(id: string): boolean {
    return this.#puts.has(id) || this.#removes.has(id)
  }
}
