import assert from 'node:assert/strict'
import type { LogCase } from './command-log.js'
import { appendAll, assertFollows, clientIds, commands, idsOf } from './log-support.js'
import { RecordingReader } from './recording-reader.js'
import { turns } from './runner.js'

/** R1: assignments begin at what is committed, end when the ownership does, and never overlap. */
export function ownershipCases(test: LogCase): void {
  test('R1: a lost ownership aborts the signal, ends the reading, and refuses commits', async (harness, log, eventually) => {
    await appendAll(log, commands('c', 3))
    const reader = new RecordingReader({ commit: () => 0 })
    const subscription = await log.read(reader)
    await eventually('3 records', () => reader.records.length === 3)
    const run = reader.runOf('c', log.partitions)
    await harness.loseOwnership(run.assignment.partition)
    await eventually('the signal', () => run.assignment.signal.aborted)
    assert.deepEqual(await run.assignment.next(10), [])
    await assert.rejects(run.assignment.commit(run.assignment.committed + 3))
    await eventually('they are handed out again', () => reader.records.length === 6)
    assert.deepEqual(idsOf(reader.records.slice(3)), idsOf(reader.records.slice(0, 3)))
    await subscription.close()
  })

  test('R1: the next assignment begins at the committed offset, with the same records', async (harness, log, eventually) => {
    const all = commands('c', 6)
    await appendAll(log, all)
    const reader = new RecordingReader({ commit: () => 4 })
    const subscription = await log.read(reader)
    await eventually('6 records', () => reader.records.length === 6)
    const first = reader.runOf('c', log.partitions)
    await eventually('a commit', () => first.committed)
    await harness.loseOwnership(first.assignment.partition)
    await eventually('the other 2 again', () => reader.records.length === 8)
    const second = reader.runOf('c', log.partitions)
    assert.equal(second.assignment.committed, first.assignment.committed + 4)
    assertFollows(second.batches.flat(), second.assignment.committed)
    assert.deepEqual(idsOf(second.batches.flat()), clientIds(all).slice(4))
    await subscription.close()
  })

  test('R1: the next assignment does not begin before the run of the last has settled', async (harness, log, eventually) => {
    await appendAll(log, commands('c', 1))
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const reader = new RecordingReader({ commit: () => 0, beforeEnd: () => held })
    const subscription = await log.read(reader)
    await eventually('the record', () => reader.records.length === 1)
    const first = reader.runOf('c', log.partitions)
    const begun = reader.runs.length
    await harness.loseOwnership(first.assignment.partition)
    await eventually('the signal', () => first.assignment.signal.aborted)
    await turns()
    assert.equal(reader.runs.length, begun)
    release()
    await eventually('another assignment', () => reader.runs.length > begun)
    assert.equal(reader.overlaps, 0)
    await subscription.close()
  })

  test('R1: a run that rejects ends its assignment, and the partition is assigned anew', async (_, log, eventually) => {
    await appendAll(log, commands('c', 2))
    let failures = 3
    const reader = new RecordingReader({
      commit: () => 0,
      beforeEnd: async () => undefined,
      onBatch: () => {
        if (failures-- > 0) throw new Error('the reader gives up')
      },
    })
    const subscription = await log.read(reader)
    await eventually('4 deliveries', () => reader.records.length === 8)
    const runs = reader.runs.filter(({ batches }) => batches.length > 0)
    assert.equal(runs.length, 4)
    for (const run of runs) assertFollows(run.batches.flat(), runs[0]?.assignment.committed ?? -1)
    assert.equal(reader.overlaps, 0)
    for (const run of runs.slice(0, 3)) assert.ok(run.assignment.signal.aborted)
    await subscription.close()
  })

  test('R1: a commit for an assignment that has ended rejects and moves nothing', async (harness, log, eventually) => {
    await appendAll(log, commands('c', 2))
    const reader = new RecordingReader({ commit: () => 0 })
    const subscription = await log.read(reader)
    await eventually('2 records', () => reader.records.length === 2)
    const first = reader.runOf('c', log.partitions)
    await harness.loseOwnership(first.assignment.partition)
    await eventually('2 records again', () => reader.records.length === 4)
    await assert.rejects(first.assignment.commit(first.assignment.committed + 2))
    await harness.loseOwnership(first.assignment.partition)
    await eventually('and again', () => reader.records.length === 6)
    const last = reader.runOf('c', log.partitions)
    assert.equal(last.assignment.committed, first.assignment.committed)
    await subscription.close()
  })

  test('a subscription that closes ends its assignments and waits for their runs', async (_, log, eventually) => {
    await appendAll(log, commands('c', 1))
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const reader = new RecordingReader({ beforeEnd: () => held })
    const subscription = await log.read(reader)
    await eventually('the record', () => reader.records.length === 1)
    let closed = false
    const closing = subscription.close().then(() => (closed = true))
    await eventually('the signals', () =>
      reader.runs.every(({ assignment }) => assignment.signal.aborted),
    )
    await turns()
    assert.equal(closed, false)
    release()
    await closing
    await appendAll(log, commands('c', 1))
    await turns()
    assert.equal(reader.records.length, 1)
  })

  test('a reader that comes after another goes on from the committed offset', async (harness, log, eventually) => {
    const all = commands('c', 9)
    await appendAll(log, all.slice(0, 6))
    const first = new RecordingReader({ commit: () => 4 })
    const before = await log.read(first)
    await eventually('6 records', () => first.records.length === 6)
    await eventually('a commit', () => first.runOf('c', log.partitions).committed)
    await before.close()
    await appendAll(log, all.slice(6))
    const second = new RecordingReader()
    const subscription = await (await harness.open()).read(second)
    await eventually('5 records', () => second.records.length === 5)
    assert.deepEqual(idsOf(second.records), clientIds(all).slice(4))
    await subscription.close()
  })

  test('R1: of two readers at once one owns a partition, and the other takes over from what is committed', async (harness, log, eventually) => {
    const channels = Array.from({ length: 16 }, (_, i) => `channel ${i}`)
    const all = channels.flatMap((channelId) => commands(channelId, 2))
    const readers = [new RecordingReader(), new RecordingReader()] as const
    const one = await log.read(readers[0])
    const two = await (await harness.open()).read(readers[1])
    await appendAll(log, all.slice(0, 16))
    const read = () => new Set(readers.flatMap((reader) => idsOf(reader.records)))
    await eventually('the first half', () => read().size === 16)
    await one.close()
    await appendAll(log, all.slice(16))
    await eventually('everything', () => read().size === 32)
    await eventually('all is committed', async () => (await log.lag()).every((lag) => lag === 0))
    for (const reader of readers) assert.equal(reader.overlaps, 0)
    const late = idsOf(readers[1].records)
    for (const id of clientIds(all.slice(16))) assert.ok(late.includes(id))
    await two.close()
  })
}
