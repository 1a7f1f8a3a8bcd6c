import type { Violation } from '../../kill/checker.js'
import type { Fault } from '../faults/fault.js'
import type { Interruption } from '../measure/interruption.js'

/** What a fault did to sending and delivering. */
export interface FaultResult {
  readonly fault: Pick<Fault, 'name' | 'title' | 'goals'>
  /** What was done, and when. */
  readonly told: readonly { readonly atMs: number; readonly what: string }[]
  /** The same measures over the quiet seconds before it. */
  readonly steady: Interruption
  readonly interruption: Interruption
}

/** What the independent checker says of all that happened while the same clients sent. */
export interface Judgement {
  readonly violations: readonly Violation[]
  readonly acked: number
  readonly stored: number
  readonly shown: number
  readonly clients: number
  readonly channels: number
}

export interface RunResult {
  readonly seed: number
  readonly fromMs: number
  readonly toMs: number
  readonly faults: readonly FaultResult[]
  readonly judgements: readonly Judgement[]
  /** Why the run could not go on. */
  readonly failure?: string
  /** Acks and first showings, by second since the epoch. */
  readonly ackedPerSecond: ReadonlyMap<number, number>
  readonly shownPerSecond: ReadonlyMap<number, number>
}
