import { describe, expect, it } from 'vitest'
import { partitionOf } from '../../src/stream/partition.js'

/** Channel, and its partition among 8, 12 and 1,024; computed apart from this code. */
const VECTORS = [
  ['general', [3, 3, 763]],
  ['random', [4, 8, 476]],
  ['', [3, 11, 11]],
  ['1', [7, 7, 399]],
  ['7300123456789', [5, 1, 621]],
  ['général', [4, 8, 420]],
  ['雑談', [7, 7, 287]],
  ['💬', [1, 9, 457]],
  ['a'.repeat(64), [0, 4, 440]],
] as const

describe('the partitioner (R11)', () => {
  it.each(VECTORS)('R11: gives %s the same partition for ever', (channelId, partitions) => {
    expect([8, 12, 1_024].map((count) => partitionOf(channelId, count))).toEqual(partitions)
    expect(partitionOf(channelId, 1)).toBe(0)
  })

  it('spreads channels evenly', () => {
    const counts = new Array<number>(16).fill(0)
    for (let i = 0; i < 16_000; i++) {
      const partition = partitionOf(String(7_300_000_000_000 + i * 4_096), 16)
      counts[partition] = (counts[partition] ?? 0) + 1
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150)
  })
})
