import { writeWhole } from '../../packages/server/src/adapters/memory/message-store.js'
import type { StoreTables } from '../../packages/server/src/adapters/memory/store-tables.js'
import { type StoreBatch, StoreConflict } from '../../packages/server/src/ports/message-store.js'
import type { WriteStep } from '../../packages/server/src/stream/write-steps.js'
import { dumpTables } from './dump.js'
import { Interner } from './intern.js'
import type { Rules } from './rules.js'
import type { Small } from './world.js'

/** One write as the store sees it: a single-partition step, or a whole batch in one transaction. */
export type Write =
  | { readonly write: 'step'; readonly step: WriteStep }
  | { readonly write: 'whole'; readonly batch: StoreBatch }

interface Store {
  readonly tables: StoreTables
  /** The writes that led here, oldest first. */
  readonly writes: readonly number[]
}

export const CONFLICT = -1

/**
 * All stores that can come about. Which store follows from a store and a write is found by running the real
 * code, once for each pair; stores that hold the same are one.
 */
export class StoreSpace {
  readonly stores = new Interner<Store>()
  readonly writes = new Interner<Write>()
  readonly #next = new Map<number, number>()
  readonly start: number

  constructor(
    private readonly small: Small,
    private readonly rules: Rules,
  ) {
    this.start = this.#intern(small.seed(), [])
  }

  tables(store: number): StoreTables {
    return this.stores.get(store).tables
  }

  write(write: Write): number {
    return this.writes.intern(JSON.stringify(write), () => write)
  }

  /** The store after a write, or CONFLICT when a whole batch was refused. */
  after(store: number, write: number): number {
    const key = store * 100_003 + write
    const known = this.#next.get(key)
    if (known !== undefined) return known
    const next = this.#apply(store, write)
    this.#next.set(key, next)
    return next
  }

  #apply(store: number, write: number): number {
    const writes = [...this.stores.get(store).writes, write]
    const tables = this.small.seed()
    try {
      for (const id of writes) {
        const one = this.writes.get(id)
        if (one.write === 'step') this.rules.apply(tables, one.step)
        else writeWhole(tables, one.batch, undefined)
      }
    } catch (error) {
      if (error instanceof StoreConflict) return CONFLICT
      throw error
    }
    return this.#intern(tables, writes)
  }

  #intern(tables: StoreTables, writes: readonly number[]): number {
    return this.stores.intern(dumpTables(tables, this.small), () => ({ tables, writes }))
  }
}
