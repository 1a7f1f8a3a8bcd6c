/** What the server stated, if it is a usable number up to ours. */
export const within = (stated: number | undefined, max: number): number =>
  stated && stated >= 1 ? Math.min(stated, max) : max

/** A limit that the server stated, or the protocol's own where it stated nonsense. */
export const positive = (value: unknown, fallback: number): number =>
  typeof value === 'number' && value > 0 && value < Number.POSITIVE_INFINITY ? value : fallback
