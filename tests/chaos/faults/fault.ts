import type { System } from '../system/system.js'

/**
 * How long something may be interrupted, in milliseconds; 0 is “not at all”: no longer than happens without a fault.
 * What is left out has no goal.
 */
export interface Goals {
  /** Sending, in the channel where it is interrupted longest. */
  readonly sendingMs?: number
  /** Delivering, in the channel where it is interrupted longest. */
  readonly deliveringMs?: number
  /** The client that is shown nothing longest. */
  readonly clientMs?: number
}

/** What faults of one kind have in common: of each kind one is run in CI. */
export interface Fault {
  /** Such as `gateway-killed`. */
  readonly name: string
  /** In one line, what happens. */
  readonly title: string
  readonly goals: Goals
  /** Does it and undoes it. Resolves when everything that was broken is whole again. */
  run(stage: Stage): Promise<void>
}

/** Where a fault happens, with load on it. */
export interface Stage {
  readonly system: System
  /** In [0, 1). */
  readonly random: () => number
  /** Lets the load go on for so long. */
  hold(ms: number): Promise<void>
  /** Resolves when messages are sent and shown in every channel again; rejects when they are not in time. */
  untilFlowing(): Promise<void>
  /** Tells what is done, for the report: `killed gateway-2`. */
  tell(what: string): void
}

export const both = (ms: number): Goals => ({ sendingMs: ms, deliveringMs: ms })

/** One of them, as the seed has it. */
export function choose<T>({ random }: Stage, among: readonly T[]): T {
  const chosen = among[Math.floor(random() * among.length)]
  if (chosen === undefined) throw new Error('There is nothing to choose from.')
  return chosen
}
