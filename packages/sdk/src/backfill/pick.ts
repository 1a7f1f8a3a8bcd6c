/** When and in which order a request may go. */
export interface Turn {
  /** 0: somebody waits or looks at it; 1: opened; 2: in the background. */
  readonly priority: number
  /** Monotonic milliseconds; not before. */
  readonly notBefore: number
  /** When it was last served; lower is longer ago. */
  readonly served: number
}

/**
 * Who goes next: of those that may go now the most urgent, in turn, one page each. Else the time at
 * which one may, or undefined if nobody waits.
 */
export function pick<T extends Turn>(
  waiting: readonly T[],
  nowMs: number,
): { readonly next: T } | { readonly atMs: number } | undefined {
  const due = waiting.filter(({ notBefore }) => notBefore <= nowMs)
  const [next] = due.sort((a, b) => a.priority - b.priority || a.served - b.served)
  if (next) return { next }
  if (waiting.length === 0) return undefined
  return { atMs: Math.min(...waiting.map(({ notBefore }) => notBefore)) }
}
