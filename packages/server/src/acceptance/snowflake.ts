import type { ServerEnvironment } from '../ports/environment.js'
import type { NodeLease } from '../ports/limits.js'

/** Where the 41 bits of milliseconds begin; they last until 2094. */
export const SNOWFLAKE_EPOCH_MS = Date.UTC(2025, 0, 1)

const SEQUENCE_BITS = 12
const SEQUENCES = 1 << SEQUENCE_BITS
const NODE_AND_SEQUENCE_BITS = 22n

export interface Snowflakes {
  /** A decimal id that no other process makes; undefined when the node's lease may be over. */
  next(): string | undefined
}

/**
 * Ids of 41 bits of milliseconds, 10 of node and 12 of sequence. They say nothing of order, which is
 * `channel_seq` alone; all they promise is to be unique. When the clock goes back, or a millisecond's 4,096
 * are used up, the time inside an id runs ahead of the clock instead of repeating itself.
 */
export function createSnowflakes(
  environment: Pick<ServerEnvironment, 'now'>,
  lease: NodeLease,
): Snowflakes {
  const nodeBits = lease.node << SEQUENCE_BITS
  let millisecond = -1
  let sequence = 0
  return {
    next() {
      if (!lease.valid()) return undefined
      const now = Math.max(0, environment.now() - SNOWFLAKE_EPOCH_MS)
      if (now > millisecond) {
        millisecond = now
        sequence = 0
      } else if (++sequence === SEQUENCES) {
        millisecond++
        sequence = 0
      }
      const id = (BigInt(millisecond) << NODE_AND_SEQUENCE_BITS) | BigInt(nodeBits | sequence)
      return id.toString()
    },
  }
}
