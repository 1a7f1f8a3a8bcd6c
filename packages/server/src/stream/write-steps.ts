import type { ChannelRun, StoreBatch } from '../ports/message-store.js'
import {
  bucketOf,
  type ChannelState,
  type Effect,
  type EventRow,
  epochHolding,
  type IdRow,
  type StateChange,
} from './event.js'
import { comparePositions, type Position } from './position.js'

/** Names a partition of a store: one bucket of one epoch of a channel. */
export interface BucketKey {
  readonly channelId: string
  readonly epoch: number
  readonly bucket: number
}

/** One atomic write to one partition of a store without transactions. Repeating one changes nothing (R2). */
export type WriteStep =
  | ({ readonly step: 'effects'; readonly effects: readonly Effect[] } & BucketKey)
  | ({
      readonly step: 'rows'
      readonly rows: readonly EventRow[]
      /** On rows of the same bucket. */
      readonly effects: readonly Effect[]
    } & BucketKey)
  /**
   * Says that a bucket begins, at the position of its first row. A channel's pointers, newest first, and then its
   * first bucket lead down to its last row below any position (R2); void rows, whose buckets no number of a later
   * epoch leads to, are met on that way too.
   */
  | ({
      readonly step: 'pointer'
      readonly position: Position
      /** Where the number before the first row lies, for a reader of this epoch. */
      readonly before: Omit<BucketKey, 'channelId'>
    } & BucketKey)
  | { readonly step: 'change'; readonly channelId: string; readonly change: StateChange }
  | { readonly step: 'id'; readonly row: IdRow }
  | { readonly step: 'state'; readonly channelId: string; readonly state: ChannelState }

/** Largest batch to one partition, in UTF-16 units of JSON: below 1 MiB whatever the characters (R6). */
const MAX_BATCH_UNITS = Math.floor(2 ** 20 / 3)
/** Of an effect without its text; a generous bound. */
const EFFECT_UNITS = 512

/**
 * The order in which a batch reaches a store without transactions (R6, R7): effects on other buckets, then rows
 * in order of their numbers with the effects on their own bucket and a pointer before each new bucket, then
 * ids, then states. After a stop at any point the store holds no number without the one before it (I4).
 */
export function writeSteps(batch: StoreBatch): readonly WriteStep[] {
  const steps: WriteStep[] = []
  const effects = batch.runs.map(effectsOf)
  for (const { others } of effects) effectSteps(others, steps)
  batch.runs.forEach((run, i) => {
    rowSteps(run, effects[i]?.own ?? new Map(), steps)
  })
  for (const row of batch.ids) steps.push({ step: 'id', row })
  for (const { channelId, state } of batch.runs) steps.push({ step: 'state', channelId, state })
  return steps
}

/** By the offset of their command, the effects that go with a row of the same bucket; the others alone. */
function effectsOf(run: ChannelRun) {
  const rows = new Map(run.rows.map((row) => [row.position.offset, row]))
  const own = new Map<number, Effect>()
  const others: Effect[] = []
  for (const effect of run.effects) {
    const row = rows.get(effect.position.offset)
    const { epoch, bucket } = effect.target
    if (row?.epoch === epoch && row.bucket === bucket) own.set(effect.position.offset, effect)
    else others.push(effect)
  }
  return { own, others }
}

function effectSteps(effects: readonly Effect[], steps: WriteStep[]): void {
  const byBucket = new Map<string, { key: BucketKey; effects: Effect[]; units: number }>()
  for (const effect of effects) {
    const { channelId, epoch, bucket } = effect.target
    const name = `${epoch} ${bucket}`
    let group = byBucket.get(name)
    if (group !== undefined && group.units + effectUnits(effect) > MAX_BATCH_UNITS) {
      steps.push({ step: 'effects', ...group.key, effects: group.effects })
      group = undefined
    }
    group ??= { key: { channelId, epoch, bucket }, effects: [], units: 0 }
    group.effects.push(effect)
    group.units += effectUnits(effect)
    byBucket.set(name, group)
  }
  for (const { key, effects } of byBucket.values()) steps.push({ step: 'effects', ...key, effects })
}

/** What an effect adds to a write: as JSON a control character takes six units. */
function effectUnits(effect: Effect | undefined): number {
  if (effect === undefined) return 0
  return EFFECT_UNITS + (effect.kind === 'edit' ? JSON.stringify(effect.text).length : 0)
}

function rowSteps(run: ChannelRun, own: ReadonlyMap<number, Effect>, steps: WriteStep[]): void {
  const changes = [...run.changes]
  const { channelId } = run
  let open: { key: BucketKey; rows: EventRow[]; effects: Effect[]; units: number } | undefined
  const close = () => {
    if (open !== undefined) {
      steps.push({ step: 'rows', ...open.key, rows: open.rows, effects: open.effects })
    }
    open = undefined
  }
  const changesBelow = (position: Position | undefined) => {
    for (;;) {
      const [change] = changes
      if (change === undefined) return
      if (position !== undefined && comparePositions(change.position, position) > 0) return
      changes.shift()
      close()
      steps.push({ step: 'change', channelId, change })
    }
  }
  for (const row of run.rows) {
    changesBelow(row.position)
    const { epoch, bucket } = row
    const pointer = pointerBefore(row, run.state)
    if (pointer !== undefined) {
      close()
      steps.push(pointer)
    }
    const effect = own.get(row.position.offset)
    const units = row.json.length + effectUnits(effect)
    if (open !== undefined && open.units + units > MAX_BATCH_UNITS) close()
    open ??= { key: { channelId, epoch, bucket }, rows: [], effects: [], units: 0 }
    open.rows.push(row)
    open.units += units
    if (effect !== undefined) open.effects.push(effect)
  }
  changesBelow(undefined)
  close()
}

/** A pointer goes before the first row of a bucket; no pointer means the first bucket (R6). */
function pointerBefore(row: EventRow, state: ChannelState): WriteStep | undefined {
  const { channelId, epoch, bucket, channelSeq, position } = row
  const previous = epochHolding(
    state.epochs.filter((start) => start.epoch <= epoch),
    channelSeq - 1,
  )
  const before = { epoch: previous, bucket: bucketOf(channelSeq - 1) }
  if (before.epoch === epoch && before.bucket === bucket) return undefined
  return { step: 'pointer', channelId, epoch, bucket, position, before }
}
