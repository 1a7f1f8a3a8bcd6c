import type { Environment } from '../environment/port.js'
import type { OutboxRow, OutboxStorage } from '../storage/port.js'
import { atEndOfTurn } from '../turn.js'
import { within } from './within.js'

/** A storage that does not answer for this long has failed; the outbox goes on in memory. */
export const STORAGE_TIMEOUT_MS = 2_000

/** Beyond this a failed storage keeps rows that are done: sent again later, they are recognised (I7). */
const DUE_MAX = 10_000

export interface PersisterEvents {
  /** These are on disk, as they are. */
  stored(rows: readonly OutboxRow[]): void
  /** A write failed; what it held is kept and tried again by `flush`. */
  failed(): void
}

export interface Persister {
  /** May be another one later. */
  storage: OutboxStorage
  /** The last write failed: nothing should wait for this storage. */
  readonly hasFailed: boolean
  put(row: OutboxRow): void
  remove(id: string): void
  /** Begins to write at the end of this turn, unless the last write failed: then only `flush` does. */
  start(): void
  /** Resolves when nothing is left to write, or a write failed. Never rejects. */
  flush(): Promise<void>
  /** This row is over, and the storage is yet to be told so. */
  removes(id: string): boolean
}

/**
 * Takes what the outbox decides to the storage: one write at a time, everything that came meanwhile
 * in the next, all of one turn together. Of a row only its newest form is kept, so it holds no more
 * than the outbox does (I7).
 */
export function createPersister(
  storage: OutboxStorage,
  environment: Environment,
  events: PersisterEvents,
): Persister {
  /** What is not on disk yet, by id; undefined where the row is to be removed. */
  const due = new Map<string, OutboxRow | undefined>()
  let isWriting = false
  let written = Promise.resolve()
  let hasFailed = false

  const write = async (): Promise<void> => {
    while (due.size > 0) {
      const batch = [...due]
      due.clear()
      const rows = batch.flatMap(([, row]) => row ?? [])
      const ids = batch.flatMap(([id, row]) => (row ? [] : id))
      try {
        const { storage } = self
        const puts = rows.length > 0 && storage.put(rows)
        const removes = ids.length > 0 && storage.remove(ids)
        await within(environment, STORAGE_TIMEOUT_MS, Promise.all([puts, removes]))
        hasFailed = false
        events.stored(rows)
      } catch {
        for (const [id, row] of batch) if (!due.has(id)) due.set(id, row)
        hasFailed = true
        events.failed()
        break
      }
    }
    isWriting = false
  }

  const flush = (): Promise<void> => {
    if (!isWriting) {
      isWriting = true
      written = write()
    }
    return written
  }
  const flushLater = atEndOfTurn(() => void flush())

  const self: Persister = {
    storage,
    get hasFailed() {
      return hasFailed
    },
    put: (row) => void due.set(row.id, row),
    remove(id) {
      due.delete(id)
      if (due.size < DUE_MAX) due.set(id, undefined)
    },
    start() {
      if (!hasFailed) flushLater()
    },
    flush,
    removes: (id) => due.has(id) && (due.get(id)?.state ?? 'settled') === 'settled',
  }
  return self
}
