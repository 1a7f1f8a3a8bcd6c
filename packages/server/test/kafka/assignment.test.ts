import { describe, expect, it } from 'vitest'
import { KafkaAssignment } from '../../src/adapters/kafka/assignment.js'
import { encodeCommand, encodeSeal, type RawRecord } from '../../src/adapters/kafka/record.js'
import { command } from '../../src/ports/contract/log-support.js'

function assignmentFrom(committed: number) {
  const seen = { calls: [] as string[], foreign: [] as string[], jumps: [] as number[] }
  const assignment = new KafkaAssignment({
    generation: 1,
    partition: 0,
    partitions: 1,
    committed,
    maxReadAheadRecords: 4,
    maxReadAheadBytes: 1_000_000,
    pause: () => seen.calls.push('pause'),
    resume: () => seen.calls.push('resume'),
    commit: async () => undefined,
    onSeal: () => seen.calls.push('seal'),
    onForeign: (offset, reason) => seen.foreign.push(`${offset}: ${reason}`),
    onJump: (offset) => seen.jumps.push(offset),
  })
  return { assignment, seen }
}

const at = (offset: number): RawRecord => ({
  offset,
  value: encodeCommand(command('c'), 1).value,
})
const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => at(from + i))
const offsets = (records: readonly { position: { offset: number } }[]) =>
  records.map(({ position }) => position.offset)

describe('an assignment', () => {
  it('R1: hands out from the committed offset on, whatever was fetched before it', async () => {
    const { assignment } = assignmentFrom(5)
    expect(assignment.offer(range(0, 4))).toBe('stale')
    expect(assignment.offer(range(3, 8))).toBe('taken')
    expect(offsets(await assignment.next(10))).toEqual([5, 6, 7])
  })

  it('R1: ends when offsets are missing', async () => {
    const { assignment, seen } = assignmentFrom(0)
    assignment.offer(range(0, 2))
    expect(assignment.offer(range(3, 5))).toBe('jump')
    expect(seen.jumps).toEqual([2])
    expect(assignment.signal.aborted).toBe(true)
    expect(await assignment.next(10)).toEqual([])
  })

  it('I7: stops fetching at its bound, and goes on when half of it was handed out', async () => {
    const { assignment, seen } = assignmentFrom(0)
    assignment.offer(range(0, 4))
    expect(seen.calls).toEqual(['pause'])
    await assignment.next(1)
    expect(seen.calls).toEqual(['pause'])
    await assignment.next(1)
    expect(seen.calls).toEqual(['pause', 'resume'])
  })

  it('wakes who waits when records come, and when it ends', async () => {
    const { assignment } = assignmentFrom(0)
    const first = assignment.next(10)
    assignment.offer(range(0, 1))
    expect(offsets(await first)).toEqual([0])
    const second = assignment.next(10)
    assignment.end()
    expect(await second).toEqual([])
  })

  it('R10: hands out nothing behind a seal', async () => {
    const { assignment, seen } = assignmentFrom(0)
    assignment.offer([at(0), { offset: 1, value: encodeSeal(1) }, at(2)])
    expect(offsets(await assignment.next(10))).toEqual([0])
    const waiting = assignment.next(10)
    assignment.end()
    expect(await waiting).toEqual([])
    expect(seen.calls).toContain('seal')
  })

  it('R11: holds before a record that it must not skip, and tells of it', async () => {
    const { assignment, seen } = assignmentFrom(0)
    assignment.offer([at(0), { offset: 1, value: Buffer.from('?') }, at(2)])
    expect(offsets(await assignment.next(10))).toEqual([0])
    const waiting = assignment.next(10)
    expect(seen.foreign).toEqual(['1: it is neither a command nor a seal'])
    assignment.end()
    expect(await waiting).toEqual([])
  })

  it('R1: commits nothing that it did not hand out, and nothing after its end', async () => {
    const { assignment } = assignmentFrom(0)
    assignment.offer(range(0, 2))
    await expect(assignment.commit(3)).rejects.toThrow('was not handed out')
    await assignment.commit(2)
    assignment.end()
    await expect(assignment.commit(2)).rejects.toThrow('has ended')
  })
})
