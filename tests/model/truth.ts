import type { Answer } from '../../packages/server/src/ports/push.js'
import { foldBatch } from '../../packages/server/src/sequencer/batch.js'
import { BatchLoad } from '../../packages/server/src/sequencer/load.js'
import { AssignmentMemory } from '../../packages/server/src/sequencer/memory.js'
import type { Effect, EventRow, IdRow } from '../../packages/server/src/stream/event.js'
import { dumpTables } from './dump.js'
import { REAL_RULES } from './rules.js'
import type { Small } from './world.js'

/** What one command brings when nothing goes wrong. */
export interface TrueOutcome {
  readonly answer: Answer
  readonly row: EventRow | undefined
  readonly effect: Effect | undefined
  readonly idRow: IdRow | undefined
}

/** What a log means: one sequencer that nothing disturbs folds and writes command by command. */
export interface Truth {
  readonly outcomes: readonly TrueOutcome[]
  /** The tables at the end. */
  readonly dump: string
}

export function truthOf(small: Small): Truth {
  const tables = small.seed()
  const outcomes = small.log.map((record) => {
    // each command by an owner of its own: what it knows is what is stored below it
    const memory = new AssignmentMemory()
    const load = new BatchLoad(memory, [record], record.position)
    for (let request = load.request(); request !== undefined; request = load.request()) {
      load.install(REAL_RULES.load(tables, request))
    }
    const { store, announcement } = foldBatch(memory, load, [record])
    for (const step of REAL_RULES.steps(store)) tables.apply(step)
    const [answer] = announcement.answers
    if (answer === undefined) throw new Error('every command of a small world is answered')
    const [run] = store.runs
    return { answer, row: run?.rows[0], effect: run?.effects[0], idRow: store.ids[0] }
  })
  return { outcomes, dump: dumpTables(tables, small) }
}
