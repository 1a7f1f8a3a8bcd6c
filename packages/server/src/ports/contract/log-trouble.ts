import assert from 'node:assert/strict'
import type { LogCase } from './command-log.js'
import { appendAll, command, commands, idsOf } from './log-support.js'
import { RecordingReader } from './recording-reader.js'
import { turns } from './runner.js'

/** Appends whose answer is lost, that are refused, that come twice. */
export function troubleCases(test: LogCase): void {
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
