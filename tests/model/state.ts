/** How much may go wrong in one world. */
export interface Bounds {
  /** Assignments, of both sequencers together. */
  readonly assignments: number
  /** Writes whose answer is lost and that land at any later time, or never. */
  readonly lateWrites: number
}

export interface Explored {
  readonly states: number
  readonly transitions: number
  readonly terminal: number
  readonly stores: number
  /** The first invariant that was broken, and how it came about. */
  readonly broken: { readonly verdict: string; readonly trace: readonly string[] } | undefined
}

/** One sequencer with its assignment. */
export interface Sequencer {
  readonly memory: number
  readonly raised: boolean
  /** The next offset. */
  readonly cursor: number
  /** As this assignment knows it. */
  readonly committed: number
  /** Everything below is written. */
  readonly written: number
  /** The batch in hand and how many of its writes are answered; undefined between batches. */
  readonly batch: number | undefined
  readonly answered: number
}

export interface State {
  readonly store: number
  readonly committed: number
  /** Which sequencer the log thinks is the owner. */
  readonly owner: 0 | 1
  readonly assignments: number
  readonly lateWrites: number
  /** Writes on their way, ascending. */
  readonly late: readonly number[]
  readonly acked: number
  /** Interned; NOBODY has no assignment. */
  readonly sequencers: readonly [number, number]
  /** With broken R1 only: what a sequencer remembers between its assignments. */
  readonly kept: readonly [number, number]
}

/** What happened, told only when it led to something: who, what, and to what. */
export interface Move {
  readonly who: string
  readonly what: string
  readonly which: number
  readonly next: State | { readonly broken: string }
}

/** The interned sequencer without an assignment. */
export const NOBODY = 0

export const NAMES = ['A', 'B'] as const

export const told = (move: Move | undefined): string =>
  move === undefined ? '' : `${move.who} ${move.what} ${move.which}`
