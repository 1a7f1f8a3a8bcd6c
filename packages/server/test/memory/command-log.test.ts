import { describe, expect, it } from 'vitest'
import { createMemoryCommandLog } from '../../src/adapters/memory/command-log.js'
import { createControlledCommandLog } from '../../src/adapters/memory/controlled-log.js'
import { RecordingReader } from '../../src/ports/contract/recording-reader.js'
import { send } from '../sequencer/world.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

const sends = (count: number) => Array.from({ length: count }, (_, i) => send(`${i}`))

describe('the command log in memory', () => {
  it('I7: refuses what exceeds its bound, says when to come again, and takes more once some is committed', async () => {
    const environment = createVirtualEnvironment()
    const log = createMemoryCommandLog({ environment, maxQueuedRecords: 3, retryAfterMs: 250 })
    const outcomes = await log.append(sends(5))
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'appended',
      'appended',
      'appended',
      'refused',
      'refused',
    ])
    expect(outcomes[4]).toMatchObject({ retryAfterMs: 250 })
    const reader = new RecordingReader()
    await log.read(reader)
    await environment.settle()
    expect(await log.append(sends(1))).toEqual([{ status: 'appended' }])
    await environment.settle()
    expect(reader.records).toHaveLength(4)
  })

  it('hands out in one batch all that one turn has brought to an idle reader', async () => {
    const environment = createVirtualEnvironment()
    const log = createMemoryCommandLog({ environment })
    const reader = new RecordingReader()
    await log.read(reader)
    await environment.settle()
    for (const one of sends(16)) await log.append([one])
    await environment.settle()
    expect(reader.runs[0]?.batches.map((batch) => batch.length)).toEqual([16])
  })

  it('shares its partitions among its readers, and gives them back when one leaves', async () => {
    const environment = createVirtualEnvironment()
    const log = createMemoryCommandLog({ environment, partitions: 4 })
    const [one, two] = [new RecordingReader(), new RecordingReader()]
    await log.read(one)
    const second = await log.read(two)
    await environment.settle()
    const owned = (reader: RecordingReader) =>
      reader.runs
        .filter((run) => !run.assignment.signal.aborted)
        .map((run) => run.assignment.partition)
        .sort()
    expect([owned(one), owned(two)]).toEqual([
      [0, 2],
      [1, 3],
    ])
    const closing = second.close()
    await environment.settle()
    await closing
    expect([owned(one), owned(two)]).toEqual([[0, 1, 2, 3], []])
  })

  it('close waits until everything is committed', async () => {
    const environment = createVirtualEnvironment()
    const log = createMemoryCommandLog({ environment })
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    await log.append(sends(2))
    const records: number[] = []
    await log.read({
      async run(assignment) {
        for (;;) {
          const batch = await assignment.next(10)
          if (batch.length === 0) return
          await held
          records.push(batch.length)
          await assignment.commit(assignment.committed + batch.length)
        }
      },
    })
    let closed = false
    const closing = log.close().then(() => {
      closed = true
    })
    await environment.settle()
    expect(closed).toBe(false)
    release()
    await environment.settle()
    await closing
    expect(records).toEqual([2])
    expect(environment.timers).toBe(0)
  })

  it('close waits no longer than it was told', async () => {
    const environment = createVirtualEnvironment()
    const log = createMemoryCommandLog({ environment, drainTimeoutMs: 5_000 })
    await log.append(sends(1))
    await log.read(new RecordingReader({ commit: () => 0 }))
    let closed = false
    const closing = log.close().then(() => {
      closed = true
    })
    await environment.advance(4_999)
    expect(closed).toBe(false)
    await environment.advance(1)
    await closing
  })

  it('without a reader there is nothing to wait for', async () => {
    const environment = createVirtualEnvironment()
    const log = createMemoryCommandLog({ environment })
    await log.append(sends(1))
    await log.close()
    expect(environment.timers).toBe(0)
  })
})

describe('the command log with trouble on demand', () => {
  it('an overlapping owner begins at the committed offset while the first goes on', async () => {
    const environment = createVirtualEnvironment()
    const controls = createControlledCommandLog({ environment })
    const [first, second] = [new RecordingReader({ commit: () => 0 }), new RecordingReader()]
    await controls.log.read(first)
    await controls.log.append(sends(2))
    await environment.settle()
    const overlap = controls.overlap(0, second)
    await controls.log.append(sends(1))
    await environment.settle()
    expect(first.records).toHaveLength(3)
    expect(second.records).toHaveLength(3)
    expect(first.runs[0]?.assignment.signal.aborted).toBe(false)
    await overlap.close()
    expect(second.runs[0]?.assignment.signal.aborted).toBe(true)
  })

  it('an owner that lags behind the committed offset can still read on', async () => {
    const environment = createVirtualEnvironment()
    const controls = createControlledCommandLog({ environment })
    const slow = new RecordingReader({ max: 1, commit: () => 0 })
    await controls.log.append(sends(3))
    await controls.log.read(slow)
    const overlap = controls.overlap(0, new RecordingReader())
    await environment.settle()
    expect(await controls.log.lag()).toEqual([0])
    expect(slow.records).toHaveLength(3)
    await overlap.close()
  })

  it.each([
    ['appended_unanswered', 'unknown', 1],
    ['lost_unanswered', 'unknown', 0],
    ['refused', 'refused', 0],
    ['appended_twice', 'appended', 2],
  ] as const)('%s: answers %s and holds %d', async (fault, status, held) => {
    const environment = createVirtualEnvironment()
    const controls = createControlledCommandLog({ environment })
    controls.failNextAppend(fault)
    const [outcome] = await controls.log.append(sends(1))
    expect(outcome?.status).toBe(status)
    expect(await controls.log.lag()).toEqual([held])
  })
})
