import { BUCKET_SIZE, bucketOf, type ChannelState, type EpochStart, epochHolding } from './event.js'

/** The part of a page query that its arithmetic needs; bounds are exclusive, in the newest epoch's numbering. */
export interface PageBounds {
  readonly afterSeq?: number
  readonly beforeSeq?: number
  readonly direction: 'forward' | 'backward'
}

/** A stretch of numbers, inclusive; empty when `fromSeq > toSeq`. */
export interface SeqRange {
  readonly fromSeq: number
  readonly toSeq: number
}

/** A stretch that lies in one bucket of one epoch: one partition of a store. */
export interface BucketRange extends SeqRange {
  readonly epoch: number
  readonly bucket: number
}

/** Most events that one page may look at while it searches for messages (I7). */
export const PAGE_SCAN_MAX_EVENTS = 2_000

/** What a query asks for, cut to what the head and retention leave. `head` is read before the rows (R14). */
export function askedRange(
  query: PageBounds,
  head: Pick<ChannelState, 'headSeq' | 'oldestSeq'>,
): SeqRange {
  const fromSeq = Math.max((query.afterSeq ?? 0) + 1, head.oldestSeq)
  const toSeq = Math.min((query.beforeSeq ?? Number.MAX_SAFE_INTEGER) - 1, head.headSeq)
  return { fromSeq, toSeq: Math.max(toSeq, fromSeq - 1) }
}

/** The partitions that hold a range, in the asked direction. Lazy: a page reads only as many as it needs. */
export function* bucketRanges(
  epochs: readonly EpochStart[],
  range: SeqRange,
  direction: 'forward' | 'backward',
): Generator<BucketRange> {
  if (direction === 'forward') {
    for (let seq = range.fromSeq; seq <= range.toSeq; ) {
      const stretch = stretchFrom(epochs, seq, range.toSeq)
      yield stretch
      seq = stretch.toSeq + 1
    }
    return
  }
  for (let seq = range.toSeq; seq >= range.fromSeq; ) {
    const stretch = stretchTo(epochs, seq, range.fromSeq)
    yield stretch
    seq = stretch.fromSeq - 1
  }
}

function stretchFrom(epochs: readonly EpochStart[], fromSeq: number, limit: number): BucketRange {
  const epoch = epochHolding(epochs, fromSeq)
  const bucket = bucketOf(fromSeq)
  const toSeq = Math.min(limit, (bucket + 1) * BUCKET_SIZE - 1, lastOf(epochs, epoch))
  return { epoch, bucket, fromSeq, toSeq }
}

function stretchTo(epochs: readonly EpochStart[], toSeq: number, limit: number): BucketRange {
  const epoch = epochHolding(epochs, toSeq)
  const bucket = bucketOf(toSeq)
  const fromSeq = Math.max(limit, bucket * BUCKET_SIZE, firstOf(epochs, epoch))
  return { epoch, bucket, fromSeq, toSeq }
}

const firstOf = (epochs: readonly EpochStart[], epoch: number): number =>
  (epochs.find((start) => start.epoch === epoch)?.fromSeq ?? 0) + 1

/** The last number that an epoch still holds: the lowest start above it. */
const lastOf = (epochs: readonly EpochStart[], epoch: number): number =>
  epochs.reduce(
    (last, start) => (start.epoch > epoch ? Math.min(last, start.fromSeq) : last),
    Number.MAX_SAFE_INTEGER,
  )

/** What a page covered of the asked range, given the last number it looked at (undefined: it looked at all). */
export function covered(
  asked: SeqRange,
  direction: 'forward' | 'backward',
  stoppedAt: number | undefined,
): SeqRange & { readonly hasMore: boolean } {
  const { fromSeq, toSeq } = asked
  if (stoppedAt === undefined) return { fromSeq, toSeq, hasMore: false }
  return direction === 'forward'
    ? { fromSeq, toSeq: stoppedAt, hasMore: stoppedAt < toSeq }
    : { fromSeq: stoppedAt, toSeq, hasMore: stoppedAt > fromSeq }
}
