/**
 * A command's place in the log. Inside a channel positions are totally ordered, because a channel
 * lives in one partition of one generation. Plain data: it travels in rows, batches and pushes.
 */
export interface Position {
  /** Raised when a new log takes over (R10); in the embedded server, at each start. */
  readonly generation: number
  readonly partition: number
  /** Gapless inside a partition of a generation. */
  readonly offset: number
}

/** Negative, zero or positive, as `a` lies below, at or above `b`. Both must be of one channel. */
export function comparePositions(a: Position, b: Position): number {
  return a.generation - b.generation || a.offset - b.offset
}

const OFFSETS_PER_GENERATION = 2n ** 40n

/** The write time of every row that a command writes (I5, R6): greater for a later position. */
export function writeTime(position: Position): bigint {
  return BigInt(position.generation) * OFFSETS_PER_GENERATION + BigInt(position.offset)
}
