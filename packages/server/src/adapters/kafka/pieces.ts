import type { EncodedRecord } from './record.js'

export interface PieceLimits {
  readonly maxBatchRecords: number
  readonly maxBatchBytes: number
}

/** How many of what is given, from its start, go together within the limits: at least one. */
export function pieceOf<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  { maxBatchRecords, maxBatchBytes }: PieceLimits,
): number {
  let bytes = 0
  const end = items.findIndex((item, i) => {
    bytes += bytesOf(item)
    return i > 0 && (i >= maxBatchRecords || bytes > maxBatchBytes)
  })
  return end < 0 ? items.length : end
}

/** All of them in their order, in pieces of which a producer has room for each (I7). */
export function* pieces(
  records: readonly EncodedRecord[],
  limits: PieceLimits,
): Generator<readonly EncodedRecord[]> {
  for (let left = records; left.length > 0; ) {
    const count = pieceOf(left, ({ bytes }) => bytes, limits)
    yield left.slice(0, count)
    left = left.slice(count)
  }
}
