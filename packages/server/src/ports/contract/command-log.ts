import assert from 'node:assert/strict'
import type { Command, LogRecord } from '../../stream/command.js'
import { RULES_VERSION } from '../../stream/command.js'
import { partitionOf } from '../../stream/partition.js'
import type { CommandLog } from '../command-log.js'
import { RecordingReader } from './recording-reader.js'
import { type ContractRunner, type Eventually, eventuallyWithin, turns } from './runner.js'

/** What may become of an append whose caller is not told that it was appended. */
export type AppendTrouble = 'appended_unanswered' | 'lost_unanswered' | 'refused'

/** An adapter under test, over a log of its own that is empty at first. */
export interface LogHarness {
  /** Another process with the same log; in one process it may be the same object. */
  open(): Promise<CommandLog>
  /** Ends the ownership of a partition, as a rebalance would; whoever owns it then gets another assignment. */
  loseOwnership(partition: number): void | Promise<void>
  troubleNextAppend(log: CommandLog, trouble: AppendTrouble): void
  /** Closes what is open and removes the data. */
  close(): Promise<void>
}

type LogCase = (harness: LogHarness, log: CommandLog, eventually: Eventually) => Promise<void>

let ids = 0

const command = (channelId: string, text = ''): Command => ({
  kind: 'message.send',
  channelId,
  userId: 'ada',
  clientMsgId: `client-${++ids}`,
  text,
  rules: RULES_VERSION,
  messageId: `message-${ids}`,
  acceptedAt: 1_000,
  role: 'member',
  membershipVersion: 1,
  origin: { processId: 'p', replyTo: 'r' },
  requestId: 'q',
})

const commands = (channelId: string, count: number): readonly Command[] =>
  Array.from({ length: count }, () => command(channelId))

async function appendAll(log: CommandLog, all: readonly Command[]): Promise<void> {
  for (const outcome of await log.append(all)) assert.equal(outcome.status, 'appended')
}

const idsOf = (records: readonly { command: Command }[]) =>
  records.map((record) => record.command.clientMsgId)
const clientIds = (all: readonly Command[]) => all.map((one) => one.clientMsgId)

/** R1: inside an assignment offsets follow each other, beginning at the committed one. */
function assertFollows(records: readonly LogRecord[], committed: number): void {
  assert.deepEqual(
    records.map((record) => record.position.offset),
    records.map((_, i) => committed + i),
  )
}

/** What every CommandLog must do. Each case has a log of its own. */
export function commandLogContract(
  name: string,
  makeHarness: () => Promise<LogHarness>,
  runner: ContractRunner,
): void {
  const test = (title: string, body: LogCase) =>
    runner.it(title, async () => {
      const harness = await makeHarness()
      try {
        await body(harness, await harness.open(), eventuallyWithin(runner.patienceMs))
      } finally {
        await harness.close()
      }
    })
  runner.describe(`${name} is a command log`, () => {
    orderCases(test)
    ownershipCases(test)
    troubleCases(test)
  })
}

type Test = (title: string, body: LogCase) => void

function orderCases(test: Test): void {
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
      trace: '00-1-2-01',
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
}

function ownershipCases(test: Test): void {
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

function troubleCases(test: Test): void {
  test('I3: a command that is appended twice is two records, the second with a later offset', async (_, log, eventually) => {
    const twice = command('c')
    await appendAll(log, [twice])
    await appendAll(log, [twice])
    const reader = new RecordingReader()
    const subscription = await log.read(reader)
    await eventually('2 records', () => reader.records.length === 2)
    const [first, second] = reader.records
    assert.deepEqual(second?.command, first?.command)
    assert.equal(second?.position.offset, (first?.position.offset ?? 0) + 1)
    await subscription.close()
  })

  test('answers unknown when a command may be in the log; asked again, it is there', async (harness, log, eventually) => {
    for (const trouble of ['appended_unanswered', 'lost_unanswered'] as const) {
      const lost = command('c')
      harness.troubleNextAppend(log, trouble)
      const [outcome] = await log.append([lost])
      assert.equal(outcome?.status, 'unknown')
      await appendAll(log, [lost])
    }
    const reader = new RecordingReader()
    const subscription = await log.read(reader)
    await eventually('3 records', () => reader.records.length >= 3)
    await turns()
    const distinct = new Set(idsOf(reader.records))
    assert.equal(distinct.size, 2)
    await subscription.close()
  })

  test('what is refused is not in the log', async (harness, log, eventually) => {
    const refused = command('c')
    harness.troubleNextAppend(log, 'refused')
    const [outcome] = await log.append([refused])
    assert.equal(outcome?.status, 'refused')
    const after = command('c')
    await appendAll(log, [after])
    const reader = new RecordingReader()
    const subscription = await log.read(reader)
    await eventually('a record', () => reader.records.length > 0)
    await turns()
    assert.deepEqual(idsOf(reader.records), [after.clientMsgId])
    await subscription.close()
  })

  test('answers every command of an append, in the order given', async (_, log) => {
    assert.deepEqual(await log.append([]), [])
    const outcomes = await log.append([...commands('a', 2), ...commands('b', 3)])
    assert.equal(outcomes.length, 5)
  })

  test('a log that closes settles its appends first, and takes no more', async (_, log) => {
    const reader = new RecordingReader()
    await log.read(reader)
    const appending = Promise.all(commands('c', 20).map((one) => log.append([one])))
    const closing = log.close()
    for (const [outcome] of await appending) {
      assert.ok(outcome !== undefined && ['appended', 'refused'].includes(outcome.status))
    }
    await closing
    const [outcome] = await log.append(commands('c', 1))
    assert.equal(outcome?.status, 'refused')
    for (const { assignment } of reader.runs) assert.ok(assignment.signal.aborted)
  })
}
