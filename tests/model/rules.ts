import { loadFrom } from '../../packages/server/src/adapters/memory/store-load.js'
import type { StoreTables } from '../../packages/server/src/adapters/memory/store-tables.js'
import type {
  LoadRequest,
  LoadResult,
  StoreBatch,
} from '../../packages/server/src/ports/message-store.js'
import { HeldIds } from '../../packages/server/src/sequencer/held-ids.js'
import { type WriteStep, writeSteps } from '../../packages/server/src/stream/write-steps.js'

/** The pieces of the real code that a run is made of; a mutation replaces one. */
export interface Rules {
  load(tables: StoreTables, request: LoadRequest): LoadResult
  steps(batch: StoreBatch): readonly WriteStep[]
  apply(tables: StoreTables, step: WriteStep): void
  /** Whether an assignment begins without what the one before it knew (R1). */
  readonly forgets: boolean
  /** The offset that may be committed, of what is written and what is folded (R8). */
  committable(written: number, folded: number): number
  /** What a new assignment holds its windows of ids in; undefined: it asks for every id (R4). */
  heldIds(): HeldIds | undefined
}

export const REAL_RULES: Rules = {
  load: loadFrom,
  steps: writeSteps,
  apply: (tables, step) => tables.apply(step),
  forgets: true,
  committable: (written) => written,
  heldIds: () => undefined,
}

/** The same for a store that tells windows of ids. */
export const HOLDING_RULES: Rules = { ...REAL_RULES, heldIds: () => new HeldIds() }
