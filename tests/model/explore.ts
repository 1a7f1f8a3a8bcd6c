import { type Batch, FoldSpace } from './fold-space.js'
import { Interner } from './intern.js'
import { Invariants } from './invariants.js'
import { REAL_RULES, type Rules } from './rules.js'
import {
  type Bounds,
  type Explored,
  type Move,
  NAMES,
  NOBODY,
  type Sequencer,
  type State,
  told,
} from './state.js'
import { CONFLICT, StoreSpace } from './store-space.js'
import { type Truth, truthOf } from './truth.js'
import type { Small } from './world.js'

/** Walks every interleaving of two sequencers over one small log, once per distinct state. */
export function explore(
  small: Small,
  bounds: Bounds,
  mode: 'steps' | 'whole' = 'steps',
  rules: Rules = REAL_RULES,
): Explored {
  const walk = new Walk(small, bounds, mode, rules, truthOf(small))
  return walk.run()
}

class Walk {
  readonly #stores: StoreSpace
  readonly #folds: FoldSpace
  readonly #invariants: Invariants
  readonly #sequencers = new Interner<Sequencer | null>()
  readonly #seen = new Set<string>()
  readonly #answers = new Map<number, string | undefined>()
  #transitions = 0
  #terminal = 0

  constructor(
    private readonly small: Small,
    private readonly bounds: Bounds,
    mode: 'steps' | 'whole',
    private readonly rules: Rules,
    private readonly truth: Truth,
  ) {
    this.#stores = new StoreSpace(small, rules)
    this.#folds = new FoldSpace(small, rules, this.#stores, mode)
    this.#invariants = new Invariants(small, truth)
    this.#intern(undefined)
  }

  run(): Explored {
    const { fresh } = this.#folds
    const start: State = {
      store: this.#stores.start,
      committed: 0,
      owner: 0,
      assignments: 0,
      lateWrites: 0,
      late: [],
      acked: 0,
      sequencers: [NOBODY, NOBODY],
      kept: [fresh, fresh],
    }
    this.#seen.add(this.#name(start))
    const path: { readonly moves: readonly Move[]; next: number }[] = [
      { moves: this.#moves(start), next: 0 },
    ]
    const trace = () => path.map(({ moves, next }) => told(moves[next - 1]))
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const move = top.moves[top.next++]
      if (move === undefined) {
        path.pop()
        continue
      }
      this.#transitions += 1
      const { next } = move
      if ('broken' in next) return this.#result({ verdict: next.broken, trace: trace() })
      const name = this.#name(next)
      if (this.#seen.has(name)) continue
      this.#seen.add(name)
      const { store, committed, acked } = next
      const tables = this.#stores.tables(store)
      const verdict = this.#invariants.check(store, tables, committed, acked)
      if (verdict !== undefined) return this.#result({ verdict, trace: trace() })
      const moves = this.#moves(next)
      if (moves.length === 0) {
        this.#terminal += 1
        if (committed < this.small.log.length) {
          return this.#result({ verdict: 'stuck before everything is committed', trace: trace() })
        }
      } else path.push({ moves, next: 0 })
    }
    return this.#result(undefined)
  }

  #result(broken: Explored['broken']): Explored {
    return {
      states: this.#seen.size,
      transitions: this.#transitions,
      terminal: this.#terminal,
      stores: this.#stores.stores.size,
      broken,
    }
  }

  /** Says everything about a state; the two sequencers are alike, so which is called A does not matter. */
  #name(state: State): string {
    const { store, committed, owner, assignments, lateWrites, late, acked, sequencers } = state
    const a = sequencers[0] * 2 + (owner === 0 ? 1 : 0)
    const b = sequencers[1] * 2 + (owner === 1 ? 1 : 0)
    const both = a < b ? `${a} ${b}` : `${b} ${a}`
    const kept = this.rules.forgets
      ? ''
      : a < b
        ? state.kept.join()
        : state.kept.toReversed().join()
    return `${store} ${committed} ${assignments} ${lateWrites} ${acked} ${both} ${late.join()} ${kept}`
  }

  #intern(sequencer: Sequencer | undefined): number {
    if (sequencer === undefined) return this.#sequencers.intern('nobody', () => null)
    const { memory, raised, cursor, committed, written, batch, answered } = sequencer
    const name = `${memory} ${raised} ${cursor} ${committed} ${written} ${batch} ${answered}`
    return this.#sequencers.intern(name, () => sequencer)
  }

  #moves(state: State): readonly Move[] {
    const moves: Move[] = []
    state.late.forEach((write, i) => {
      if (state.late.indexOf(write) === i) moves.push(this.#land(state, write, i))
    })
    for (const i of [0, 1] as const) {
      const sequencer = this.#sequencers.get(state.sequencers[i])
      if (sequencer === null) this.#assign(state, i, moves)
      else {
        if (sequencer.batch === undefined) this.#fold(state, i, sequencer, moves)
        else this.#write(state, i, sequencer, sequencer.batch, moves)
        this.#commit(state, i, sequencer, moves)
        this.#drop(state, i, sequencer, moves)
      }
    }
    return moves
  }

  #land(state: State, write: number, index: number): Move {
    const after = this.#stores.after(state.store, write)
    const store = after === CONFLICT ? state.store : after
    const late = state.late.filter((_, i) => i !== index)
    return { who: 'late:', what: 'lands', which: write, next: { ...state, store, late } }
  }

  /** A rebalance: the log gives the partition to this sequencer, whatever the other one still does. */
  #assign(state: State, i: 0 | 1, moves: Move[]): void {
    const again = state.owner === i && state.assignments > 0
    if (!again && state.assignments >= this.bounds.assignments) return
    const { committed } = state
    const sequencer: Sequencer = {
      memory: this.rules.forgets ? this.#folds.fresh : state.kept[i],
      raised: false,
      cursor: committed,
      committed,
      written: committed,
      batch: undefined,
      answered: 0,
    }
    const assignments =
      again && state.assignments >= this.bounds.assignments
        ? state.assignments
        : state.assignments + 1
    const next = { ...this.#with(state, i, sequencer), owner: i, assignments }
    moves.push({ who: NAMES[i], what: 'is assigned from', which: committed, next })
  }

  #fold(state: State, i: 0 | 1, sequencer: Sequencer, moves: Move[]): void {
    const { memory, raised, cursor, committed } = sequencer
    const left = this.small.log.length - cursor
    for (const size of new Set([1, 2, left])) {
      if (size > left || size < 1) continue
      const result = this.#folds.fold(memory, raised, state.store, cursor, size, committed)
      if (result === 'waits') continue
      const step = { who: NAMES[i], what: 'folds records:', which: size }
      if ('alarm' in result) {
        const broken = `R3: an alarm where nothing is wrong: ${result.alarm}`
        moves.push({ ...step, next: { broken } })
        continue
      }
      const batch = this.#folds.batches.get(result.batch)
      const folded = { ...sequencer, ...result, cursor: batch.end, answered: 0 }
      moves.push({ ...step, next: this.#settled(state, i, folded, result.batch, state.store) })
    }
  }

  #write(state: State, i: 0 | 1, sequencer: Sequencer, batch: number, moves: Move[]): void {
    const write = this.#folds.batches.get(batch).writes[sequencer.answered]
    if (write === undefined) throw new Error('a batch in hand has something to write')
    const who = NAMES[i]
    const which = write
    const store = this.#stores.after(state.store, write)
    if (store === CONFLICT) {
      moves.push({ who, what: 'conflicts writing', which, next: this.#with(state, i, undefined) })
    } else {
      const answered = { ...sequencer, answered: sequencer.answered + 1 }
      const next = this.#settled(state, i, answered, batch, store)
      moves.push({ who, what: 'writes', which, next })
    }
    if (state.lateWrites >= this.bounds.lateWrites) return
    // no answer: it lands some time or never, and the whole batch is written again
    const again = this.#with(state, i, { ...sequencer, answered: 0 })
    moves.push({ who, what: 'gets no answer writing', which, next: this.#sent(again, write) })
  }

  /** After the last write the answers are given (R7). */
  #settled(
    state: State,
    i: 0 | 1,
    sequencer: Sequencer,
    batchId: number,
    store: number,
  ): State | { readonly broken: string } {
    const batch = this.#folds.batches.get(batchId)
    if (sequencer.answered < batch.writes.length) {
      return { ...this.#with(state, i, { ...sequencer, batch: batchId }), store }
    }
    const wrong = this.#wrongAnswer(batchId, batch)
    if (wrong !== undefined) return { broken: wrong }
    const acked = state.acked | (((1 << (batch.end - batch.start)) - 1) << batch.start)
    const done = { ...sequencer, batch: undefined, answered: 0, written: batch.end }
    return { ...this.#with(state, i, done), store, acked }
  }

  /** I3: every command is answered as the log means it, by whoever, however often. */
  #wrongAnswer(id: number, batch: Batch): string | undefined {
    if (!this.#answers.has(id)) {
      const wrong = batch.answers.find((answer, index) => {
        const truth = this.truth.outcomes[batch.start + index]?.answer
        return JSON.stringify(answer) !== JSON.stringify(truth)
      })
      this.#answers.set(id, wrong && `I3: a command is answered ${JSON.stringify(wrong)}`)
    }
    return this.#answers.get(id)
  }

  /** R8: any time after the write; refused when another owns the partition, which ends the assignment. */
  #commit(state: State, i: 0 | 1, sequencer: Sequencer, moves: Move[]): void {
    const written = this.rules.committable(sequencer.written, sequencer.cursor)
    if (written <= sequencer.committed) return
    if (state.owner !== i) {
      const next = this.#with(state, i, undefined)
      moves.push({ who: NAMES[i], what: 'is refused to commit', which: written, next })
      return
    }
    const next = this.#with(state, i, { ...sequencer, committed: written })
    moves.push({
      who: NAMES[i],
      what: 'commits',
      which: written,
      next: { ...next, committed: written },
    })
  }

  /** A crash, or the news that the partition is lost, at any point; a write may be on its way. */
  #drop(state: State, i: 0 | 1, sequencer: Sequencer, moves: Move[]): void {
    if (state.owner === i && state.assignments >= this.bounds.assignments) return
    const next = this.#with(state, i, undefined)
    moves.push({ who: NAMES[i], what: 'dies at', which: sequencer.cursor, next })
    if (sequencer.batch === undefined || state.lateWrites >= this.bounds.lateWrites) return
    const write = this.#folds.batches.get(sequencer.batch).writes[sequencer.answered]
    if (write !== undefined) {
      const what = 'dies with a write on its way:'
      moves.push({ who: NAMES[i], what, which: write, next: this.#sent(next, write) })
    }
  }

  #sent(state: State, write: number): State {
    const late = [...state.late, write].sort((a, b) => a - b)
    return { ...state, late, lateWrites: state.lateWrites + 1 }
  }

  #with(state: State, i: 0 | 1, sequencer: Sequencer | undefined): State {
    const id = this.#intern(sequencer)
    const [a, b] = state.sequencers
    const sequencers: State['sequencers'] = i === 0 ? [id, b] : [a, id]
    if (this.rules.forgets || sequencer === undefined) return { ...state, sequencers }
    const [keptA, keptB] = state.kept
    const kept: State['kept'] = i === 0 ? [sequencer.memory, keptB] : [keptA, sequencer.memory]
    return { ...state, sequencers, kept }
  }
}
