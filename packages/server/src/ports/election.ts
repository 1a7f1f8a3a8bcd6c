/**
 * Elects one process among those that stand, for work that is done once for all of them (R15). Nothing that must be
 * right may depend on it: for a moment two may believe that they are elected, and what they do must bear it.
 *
 * An adapter
 * - MUST NOT elect a process while another may know itself elected and is alive;
 * - MUST abort `held` as soon as this process cannot be sure any more, by its monotonic clock, whatever else hangs;
 * - MUST elect another within a bounded time when the elected one ends, dies, freezes or resigns;
 * - MUST NOT call a candidate again before what it did when it was elected last has settled.
 */
export interface Election {
  /**
   * Stands until it is closed. `elected` works until `held` aborts; when it settles earlier this process resigns, and
   * stands again.
   */
  stand(elected: (held: AbortSignal) => Promise<void>): Candidacy
}

export interface Candidacy {
  /** Resigns: resolves when the work has settled and another may be elected. */
  close(): Promise<void>
}
