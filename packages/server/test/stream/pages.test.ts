import { describe, expect, it } from 'vitest'
import type { EpochStart } from '../../src/stream/event.js'
import { askedRange, bucketRanges, covered } from '../../src/stream/pages.js'

const head = { headSeq: 2_500, oldestSeq: 1 }
const epochs: readonly EpochStart[] = [
  { epoch: 1, fromSeq: 0 },
  { epoch: 2, fromSeq: 1_200 },
  { epoch: 3, fromSeq: 1_100 },
]

describe('the arithmetic of pages', () => {
  it('cuts what is asked to the head and to retention', () => {
    expect(askedRange({ direction: 'forward' }, head)).toEqual({ fromSeq: 1, toSeq: 2_500 })
    expect(askedRange({ direction: 'forward', afterSeq: 7, beforeSeq: 12 }, head)).toEqual({
      fromSeq: 8,
      toSeq: 11,
    })
    expect(askedRange({ direction: 'backward' }, { headSeq: 9, oldestSeq: 4 })).toEqual({
      fromSeq: 4,
      toSeq: 9,
    })
  })

  it('I6: says that nothing is covered where nothing can be', () => {
    for (const query of [
      { afterSeq: 2_500 },
      { afterSeq: 9_000 },
      { afterSeq: 5, beforeSeq: 6 },
      { beforeSeq: 1 },
    ]) {
      const { fromSeq, toSeq } = askedRange({ ...query, direction: 'forward' }, head)
      expect(toSeq).toBe(fromSeq - 1)
    }
  })

  it('finds the partitions of a range in both directions, across buckets and epochs', () => {
    const range = { fromSeq: 998, toSeq: 2_001 }
    const forward = [
      { epoch: 1, bucket: 0, fromSeq: 998, toSeq: 999 },
      { epoch: 1, bucket: 1, fromSeq: 1_000, toSeq: 1_100 },
      { epoch: 3, bucket: 1, fromSeq: 1_101, toSeq: 1_999 },
      { epoch: 3, bucket: 2, fromSeq: 2_000, toSeq: 2_001 },
    ]
    expect([...bucketRanges(epochs, range, 'forward')]).toEqual(forward)
    expect([...bucketRanges(epochs, range, 'backward')]).toEqual(forward.toReversed())
    expect([...bucketRanges(epochs, { fromSeq: 5, toSeq: 4 }, 'forward')]).toEqual([])
    expect([...bucketRanges(epochs, { fromSeq: 5, toSeq: 4 }, 'backward')]).toEqual([])
  })

  it('is lazy: a page deep in a long channel names only the partitions that it reads', () => {
    const ranges = bucketRanges(
      [{ epoch: 1, fromSeq: 0 }],
      { fromSeq: 1, toSeq: 1_000_000_000 },
      'backward',
    )
    expect(ranges.next().value).toEqual({
      epoch: 1,
      bucket: 1_000_000,
      fromSeq: 1_000_000_000,
      toSeq: 1_000_000_000,
    })
  })

  it('I6: states what was covered, and whether the range goes on', () => {
    const asked = { fromSeq: 3, toSeq: 9 }
    expect(covered(asked, 'forward', 5)).toEqual({ fromSeq: 3, toSeq: 5, hasMore: true })
    expect(covered(asked, 'forward', 9)).toEqual({ fromSeq: 3, toSeq: 9, hasMore: false })
    expect(covered(asked, 'backward', 5)).toEqual({ fromSeq: 5, toSeq: 9, hasMore: true })
    expect(covered(asked, 'backward', 3)).toEqual({ fromSeq: 3, toSeq: 9, hasMore: false })
    expect(covered({ fromSeq: 10, toSeq: 9 }, 'forward', undefined)).toEqual({
      fromSeq: 10,
      toSeq: 9,
      hasMore: false,
    })
  })
})
