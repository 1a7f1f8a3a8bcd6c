import { describe, expect, it } from 'vitest'
import type { ChannelRun, StoreBatch } from '../../src/ports/message-store.js'
import {
  BUCKET_SIZE,
  bucketOf,
  type Effect,
  type EpochStart,
  type EventRow,
  type IdRow,
  type StateChange,
} from '../../src/stream/event.js'
import type { Position } from '../../src/stream/position.js'
import { FIRST_EPOCH } from '../../src/stream/state.js'
import { type WriteStep, writeSteps } from '../../src/stream/write-steps.js'

const at = (offset: number): Position => ({ generation: 1, partition: 0, offset })

function row(channelSeq: number, options: { epoch?: number; json?: string } = {}): EventRow {
  const { epoch = 1 } = options
  const event = {
    type: 'member.joined',
    channel_id: 'c',
    channel_seq: channelSeq,
    message_count: 0,
    user_id: 'u',
    client_msg_id: '~1',
    ts: 1,
    role: 'member',
  } as const
  return {
    channelId: 'c',
    epoch,
    bucket: bucketOf(channelSeq),
    channelSeq,
    position: at(channelSeq),
    messageCount: 0,
    event,
    json: options.json ?? JSON.stringify(event),
  }
}

const edit = (targetSeq: number, bySeq: number): Effect => ({
  kind: 'edit',
  text: 'x',
  target: { channelId: 'c', epoch: 1, bucket: bucketOf(targetSeq), channelSeq: targetSeq },
  position: at(bySeq),
  bySeq,
  byEpoch: 1,
})

const idRow = (offset: number): IdRow => ({
  id: { channelId: 'c', userId: 'u', clientMsgId: `m${offset}` },
  position: at(offset),
  acceptedAt: 1,
  result: { status: 'noop', epoch: 1, messageId: 'm', ts: 1 },
})

function batch(run: Partial<ChannelRun>, ids: readonly IdRow[] = []): StoreBatch {
  const rows = run.rows ?? []
  const epochs: readonly EpochStart[] = [FIRST_EPOCH]
  const last = rows.at(-1)
  const state = {
    epoch: last?.epoch ?? 1,
    epochs,
    headSeq: last?.channelSeq ?? 0,
    messageCount: 0,
    oldestSeq: 1,
    position: last?.position ?? at(0),
  }
  const channel = {
    channelId: 'c',
    expected: undefined,
    effects: [],
    changes: [],
    state,
    ...run,
    rows,
  }
  return { generation: 1, partition: 0, runs: [channel], ids }
}

const summary = (steps: readonly WriteStep[]): readonly string[] =>
  steps.map((step) => {
    switch (step.step) {
      case 'rows': {
        const seqs = step.rows.map((r) => r.channelSeq).join()
        return `rows ${step.epoch}/${step.bucket}: ${seqs}${step.effects.length > 0 ? ` and effects on ${step.effects.map((e) => e.target.channelSeq).join()}` : ''}`
      }
      case 'effects':
        return `effects ${step.epoch}/${step.bucket}: ${step.effects.map((e) => e.target.channelSeq).join()}`
      case 'pointer':
        return `pointer ${step.epoch}/${step.bucket} after ${step.before.epoch}/${step.before.bucket} at ${step.position.offset}`
      case 'change':
        return step.change.kind
      default:
        return step.step
    }
  })

describe('the order of single-partition writes (R6, R7)', () => {
  it('R6: rows of one bucket and the effects on it are one write, then ids, then the state', () => {
    const steps = writeSteps(
      batch({ rows: [row(1), row(2)], effects: [edit(1, 2)] }, [idRow(1), idRow(2)]),
    )
    expect(summary(steps)).toEqual(['rows 1/0: 1,2 and effects on 1', 'id', 'id', 'state'])
  })

  it('R6, R7: effects on other buckets go first, a pointer before each new bucket', () => {
    const rows = [row(999), row(1_000), row(1_001)]
    const steps = writeSteps(batch({ rows, effects: [edit(5, 1_001), edit(999, 1_000)] }))
    expect(summary(steps)).toEqual([
      'effects 1/0: 5,999',
      'rows 1/0: 999',
      'pointer 1/1 after 1/0 at 1000',
      'rows 1/1: 1000,1001',
      'state',
    ])
  })

  it('R6: the first bucket has no pointer, every later one has', () => {
    expect(summary(writeSteps(batch({ rows: [row(1)] })))[0]).toBe('rows 1/0: 1')
    expect(summary(writeSteps(batch({ rows: [row(2 * BUCKET_SIZE)] })))).toEqual([
      'pointer 1/2 after 1/1 at 2000',
      'rows 1/2: 2000',
      'state',
    ])
  })

  it('R6, R10: an epoch’s first row has a pointer that names the bucket where the older numbering ends', () => {
    const change: StateChange = {
      kind: 'epoch',
      position: at(0),
      epoch: 2,
      fromSeq: 1_500,
      messageCount: 9,
    }
    const rows = [row(1_501, { epoch: 2 }), row(1_502, { epoch: 2 })]
    const state = {
      epoch: 2,
      epochs: [FIRST_EPOCH, { epoch: 2, fromSeq: 1_500 }],
      headSeq: 1_502,
      messageCount: 9,
      oldestSeq: 1,
      position: at(1_502),
    }
    expect(summary(writeSteps(batch({ rows, changes: [change], state })))).toEqual([
      'epoch',
      'pointer 2/1 after 1/1 at 1501',
      'rows 2/1: 1501,1502',
      'state',
    ])
  })

  it('R6: changes stand among the rows in the order of their positions', () => {
    const change: StateChange = { kind: 'retention', position: at(2), oldestSeq: 2 }
    const rows = [row(1), { ...row(2), position: at(3) }]
    expect(summary(writeSteps(batch({ rows, changes: [change] })))).toEqual([
      'rows 1/0: 1',
      'retention',
      'rows 1/0: 2',
      'state',
    ])
    const alone = writeSteps(batch({ changes: [change] }))
    expect(summary(alone)).toEqual(['retention', 'state'])
  })

  it('R6: one write is below 1 MiB whatever the characters; larger runs are split in order', () => {
    const rows = Array.from({ length: 30 }, (_, i) => row(i + 1, { json: '字'.repeat(60_000) }))
    const steps = writeSteps(batch({ rows }))
    const writes = steps.flatMap((step) => (step.step === 'rows' ? [step.rows] : []))
    for (const write of writes) {
      const bytes = write.reduce((sum, r) => sum + Buffer.byteLength(r.json), 0)
      expect(bytes).toBeLessThan(2 ** 20)
    }
    expect(writes.flat().map((r) => r.channelSeq)).toEqual(rows.map((r) => r.channelSeq))
  })

  it('R6: effects count too: neither alone nor with their rows do they make a write of more than 1 MiB', () => {
    const text = '字'.repeat(10_000)
    const old = Array.from({ length: 100 }, (_, i) => row(i + 2_001))
    const others = old.map((r) => ({ ...edit(5, r.channelSeq), text }))
    const rows = Array.from({ length: 30 }, (_, i) => row(i + 1, { json: '字'.repeat(10_000) }))
    const own = rows.map((r) => ({ ...edit(1, r.channelSeq), text }))
    const bytesOf = (step: WriteStep) => {
      if (step.step !== 'rows' && step.step !== 'effects') return 0
      const json = step.step === 'rows' ? step.rows.map((r) => r.json) : []
      return Buffer.byteLength(json.join('') + JSON.stringify(step.effects))
    }
    for (const [given, effects] of [
      [old, others],
      [rows, own],
    ] as const) {
      const steps = writeSteps(batch({ rows: given, effects }))
      for (const step of steps) expect(bytesOf(step)).toBeLessThan(2 ** 20)
      const written = steps.flatMap((step) => ('effects' in step ? step.effects : []))
      expect(written).toEqual(effects)
    }
  })

  it('I4: after a stop between any two writes no number is there without the one before it', () => {
    const rows = Array.from({ length: 2_500 }, (_, i) => row(i + 1))
    const steps = writeSteps(batch({ rows, effects: [edit(3, 2_400)] }))
    let head = 0
    for (const step of steps) {
      if (step.step !== 'rows') continue
      for (const { channelSeq } of step.rows) expect(channelSeq).toBe(++head)
    }
    expect(head).toBe(2_500)
  })
})
