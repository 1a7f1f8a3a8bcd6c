import { pieceOf } from '../../environment/pieces.js'
import type { EncodedRecord } from './record.js'

export interface BatchLimits {
  readonly maxBatchRecords: number
  readonly maxBatchBytes: number
}

/** How many of what is given, from its start, go into one batch: at least one. */
export const batchOf = <T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  { maxBatchRecords, maxBatchBytes }: BatchLimits,
): number => pieceOf(items, bytesOf, { maxItems: maxBatchRecords, maxSize: maxBatchBytes })

/** All of them in their order, in pieces of which a producer has room for each (I7). */
export function* pieces(
  records: readonly EncodedRecord[],
  limits: BatchLimits,
): Generator<readonly EncodedRecord[]> {
  for (let left = records; left.length > 0; ) {
    const count = batchOf(left, ({ bytes }) => bytes, limits)
    yield left.slice(0, count)
    left = left.slice(count)
  }
}
