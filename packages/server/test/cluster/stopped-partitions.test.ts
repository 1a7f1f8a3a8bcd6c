import { describe, expect, it } from 'vitest'
import { StoppedPartitions } from '../../src/cluster/stopped-partitions.js'
import { SequencerAlarm } from '../../src/sequencer/index.js'

const alarm = (partition: number) =>
  new SequencerAlarm('general', { generation: 1, partition, offset: 7 }, 'a row is missing')

function world() {
  const lines: string[] = []
  const counts: number[] = []
  const tell = (_: object, line: string) => void lines.push(line)
  const partitions = new StoppedPartitions(
    { error: tell, info: tell } as ConstructorParameters<typeof StoppedPartitions>[0],
    { set: (count) => void counts.push(count) },
  )
  return { lines, counts, partitions }
}

describe('partitions that are stopped', () => {
  it('R3: are logged, counted and named to whoever asks how the process is, until they go on', async () => {
    const { lines, counts, partitions } = world()
    await partitions.check()
    partitions.stopped(3, alarm(3))
    partitions.stopped(3, alarm(3))
    partitions.stopped(5, alarm(5))
    await expect(partitions.check()).rejects.toThrow(
      /^partition 3 and 1 more are stopped: .*a row is missing.*offset 7/,
    )
    partitions.released(3)
    await expect(partitions.check()).rejects.toThrow(/^partition 5 is stopped: /)
    partitions.released(5)
    await partitions.check()
    expect(counts).toEqual([1, 1, 2, 1, 0])
    expect(lines).toHaveLength(5)
  })

  it('that were never stopped are released without a word', () => {
    const { lines, counts, partitions } = world()
    partitions.released(1)
    expect([lines, counts]).toEqual([[], []])
  })
})
