import type { Answer } from '../../packages/server/src/ports/push.js'
import { SequencerAlarm } from '../../packages/server/src/sequencer/alarm.js'
import { foldBatch } from '../../packages/server/src/sequencer/batch.js'
import { BatchLoad } from '../../packages/server/src/sequencer/load.js'
import { AssignmentMemory } from '../../packages/server/src/sequencer/memory.js'
import { split } from '../../packages/server/src/sequencer/split.js'
import { dumpMemory } from './dump.js'
import { Interner } from './intern.js'
import type { Rules } from './rules.js'
import type { StoreSpace, Write } from './store-space.js'
import type { Small } from './world.js'

/** One load and fold of an assignment: what it saw, and from where. */
interface Folding {
  readonly store: number
  readonly cursor: number
  readonly end: number
  readonly committed: number
  readonly afresh: boolean
}

export interface Batch {
  readonly start: number
  readonly end: number
  /** Writes in their order. */
  readonly writes: readonly number[]
  readonly answers: readonly Answer[]
}

export type FoldResult =
  | { readonly memory: number; readonly batch: number; readonly raised: boolean }
  | { readonly alarm: string }
  /** After a raise everything must be committed before what follows is folded (R10). */
  | 'waits'

/**
 * All memories that an assignment can come to have. What follows from a memory, a store and some records is found
 * by running the real load and fold, once for each such triple; memories that know the same are one.
 */
export class FoldSpace {
  /** By how they came about: the foldings of their assignment. */
  readonly memories = new Interner<readonly Folding[]>()
  readonly batches = new Interner<Batch>()
  readonly #results = new Map<string, FoldResult>()
  readonly fresh: number

  constructor(
    private readonly small: Small,
    private readonly rules: Rules,
    private readonly stores: StoreSpace,
    private readonly mode: 'steps' | 'whole',
  ) {
    this.fresh = this.#intern(new AssignmentMemory(rules.heldIds()), [])
  }

  /** Folds up to `size` records from the cursor. */
  fold(
    memory: number,
    raised: boolean,
    store: number,
    cursor: number,
    size: number,
    committed: number,
  ): FoldResult {
    const [part] = split(this.small.log.slice(cursor, cursor + size))
    if (part === undefined || part.part === 'unknown') throw new Error('every record is known')
    const afresh = raised && part.part === 'commands'
    if (afresh && committed < cursor) return 'waits'
    const end = cursor + part.records.length
    const key = `${memory} ${store} ${cursor} ${end} ${committed} ${afresh}`
    const known = this.#results.get(key)
    if (known !== undefined) return known
    const folding = { store, cursor, end, committed, afresh }
    const result = this.#run([...this.memories.get(memory), folding], part.part === 'raises')
    this.#results.set(key, result)
    return result
  }

  #run(foldings: readonly Folding[], raised: boolean): FoldResult {
    const memory = new AssignmentMemory(this.rules.heldIds())
    try {
      let batch = 0
      for (const folding of foldings) batch = this.#foldOnce(memory, folding)
      return { memory: this.#intern(memory, foldings), batch, raised }
    } catch (error) {
      if (error instanceof SequencerAlarm) return { alarm: error.message }
      throw error
    }
  }

  /** As an assignment does it, with the store of that moment. */
  #foldOnce(memory: AssignmentMemory, { store, cursor, end, committed, afresh }: Folding): number {
    if (afresh) memory.forgetAll()
    const below = { generation: 2, partition: 0, offset: committed }
    memory.forgetBelow(below)
    const records = this.small.log.slice(cursor, end)
    const load = new BatchLoad(memory, records, below)
    for (let request = load.request(); request !== undefined; request = load.request()) {
      load.install(this.rules.load(this.stores.tables(store), request))
    }
    const folded = foldBatch(memory, load, records)
    const { answers } = folded.announcement
    const all: readonly Write[] =
      this.mode === 'whole'
        ? [{ write: 'whole', batch: folded.store }]
        : this.rules.steps(folded.store).map((step) => ({ write: 'step', step }))
    const nothing = folded.store.runs.length + folded.store.ids.length === 0
    const writes = nothing ? [] : all.map((write) => this.stores.write(write))
    const batch = { start: cursor, end, writes, answers }
    return this.batches.intern(JSON.stringify(batch), () => batch)
  }

  #intern(memory: AssignmentMemory, foldings: readonly Folding[]): number {
    return this.memories.intern(dumpMemory(memory, this.small), () => foldings)
  }
}
