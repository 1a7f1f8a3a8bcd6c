/**
 * The invariants that a run is checked for; statements of PROTOCOL.md about what is no message, and so in no
 * invariant; the last is that the run itself came to its end.
 */
export type Invariant =
  | 'I1'
  | 'I2'
  | 'I3'
  | 'I4'
  | 'I5'
  | 'I6'
  | 'I7'
  | 'I8'
  | 'I9'
  | `P-${number}`
  | 'run'

export interface Violation {
  readonly invariant: Invariant
  /** The rule that was broken, without what differs from run to run: by it shorter runs are compared. */
  readonly rule: string
  readonly detail: string
  readonly atMs: number
}

/** Most violations that are kept of one run: the first ones tell. */
const KEPT_MAX = 50

export class Violations {
  readonly list: Violation[] = []
  count = 0

  constructor(private readonly nowMs: () => number) {}

  add(invariant: Invariant, rule: string, detail = ''): void {
    this.count += 1
    if (this.list.length < KEPT_MAX) {
      this.list.push({ invariant, rule, detail, atMs: this.nowMs() })
    }
  }
}
