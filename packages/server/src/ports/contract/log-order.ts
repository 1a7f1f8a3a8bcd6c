import assert from 'node:assert/strict'
import type { Command } from '../../stream/command.js'
import { partitionOf } from '../../stream/partition.js'
import type { LogCase } from './command-log.js'
import { appendAll, assertFollows, clientIds, command, commands, idsOf } from './log-support.js'
import { RecordingReader } from './recording-reader.js'
import { turns } from './runner.js'

/** Order, partitions, offsets, lag. */
export function orderCases(test: LogCase): void {
  test('keeps the order of one append, and of appends that were awaited', async (_, log, eventually) => {
    const all = commands('c', 60)
    await appendAll(log, all.slice(0, 20))
    const reader = new RecordingReader()
    const subscription = await log.read(reader)
    for (let i = 20; i < 60; i += 10) await appendAll(log, all.slice(i, i + 10))
    await eventually('60 records', () => reader.records.length === 60)
    assert.deepEqual(idsOf(reader.records), clientIds(all))
    await subscription.close()
  })

  test('hands a command out as it was appended', async (_, log, eventually) => {
    const odd = {
      ...command('c', 'e\u0301 👩‍👩‍👧‍👦 "\\ \u0000\u2028'),
      metadata: { deep: [{ a: null }, 1.5, false] },
      trace: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      traceState: 'vendor=one two,other=3',
    }
    const reader = new RecordingReader()
    const subscription = await log.read(reader)
    await appendAll(log, [odd])
    await eventually('the record', () => reader.records.length === 1)
    assert.deepEqual(reader.records[0]?.command, odd)
    await subscription.close()
  })

  test('R11: all commands of a channel lie in its partition, by the fixed partitioner', async (_, log, eventually) => {
    const channels = Array.from({ length: 30 }, (_unused, i) => `channel ${i}`)
    const all = channels.flatMap((channelId) => commands(channelId, 3))
    const reader = new RecordingReader()
    const subscription = await log.read(reader)
    await appendAll(log, all)
    await eventually('all records', () => reader.records.length === all.length)
    for (const { position, command: read } of reader.records) {
      assert.equal(position.partition, partitionOf(read.channelId, log.partitions))
      assert.equal(position.generation, log.generation)
    }
    for (const channelId of channels) {
      const mine = (one: Command) => one.channelId === channelId
      const read = reader.records.map((record) => record.command).filter(mine)
      assert.deepEqual(clientIds(read), clientIds(all.filter(mine)))
    }
    await subscription.close()
  })

  test('R1: hands out at most as many as asked, at least one, and offsets without a jump', async (_, log, eventually) => {
    await appendAll(log, commands('c', 25))
    const reader = new RecordingReader({ max: 10 })
    const subscription = await log.read(reader)
    await eventually('25 records', () => reader.records.length === 25)
    for (const { batches } of reader.runs) {
      for (const batch of batches) assert.ok(batch.length >= 1 && batch.length <= 10)
    }
    const [run] = reader.runs.filter(({ batches }) => batches.length > 0)
    assertFollows(run?.batches.flat() ?? [], run?.assignment.committed ?? -1)
    await subscription.close()
  })

  test('an idle reader waits, and is woken by the next command', async (_, log, eventually) => {
    const reader = new RecordingReader()
    const subscription = await log.read(reader)
    await eventually('an assignment', () => reader.runs.length > 0)
    await turns()
    assert.equal(reader.records.length, 0)
    await appendAll(log, commands('c', 1))
    await eventually('the record', () => reader.records.length === 1)
    await subscription.close()
  })

  test('lag counts what is appended and not committed', async (_, log, eventually) => {
    await appendAll(log, commands('c', 5))
    const total = async () => (await log.lag()).reduce((sum, records) => sum + records, 0)
    assert.equal((await log.lag()).length, log.partitions)
    assert.equal(await total(), 5)
    const reader = new RecordingReader({ commit: (records) => Math.min(records, 3) })
    const subscription = await log.read(reader)
    await eventually('3 are committed', async () => (await total()) === 2)
    await subscription.close()
  })

  test('R8: of each partition the log tells below what everything is committed, to every process', async (harness, log, eventually) => {
    const other = await harness.open()
    const nothing = Array.from({ length: log.partitions }, (_, partition) => ({
      generation: log.generation,
      partition,
      offset: 0,
    }))
    assert.deepEqual(await other.committed(), nothing)
    await appendAll(log, commands('c', 5))
    assert.deepEqual(await other.committed(), nothing)
    const reader = new RecordingReader({ commit: (records) => Math.min(records, 3) })
    const subscription = await log.read(reader)
    await eventually('3 are committed', async () =>
      (await other.committed()).some(({ offset }) => offset > 0),
    )
    const { partition } = reader.runOf('c', log.partitions).assignment
    const told = nothing.map((at) => (at.partition === partition ? { ...at, offset: 3 } : at))
    assert.deepEqual(await log.committed(), told)
    assert.deepEqual(await other.committed(), told)
    await subscription.close()
    assert.deepEqual(await log.committed(), told)
  })
}
