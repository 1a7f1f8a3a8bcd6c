import type { StoreBatch } from '../../../ports/message-store.js'
import { bucketOf, type Effect, type RowKey } from '../../../stream/event.js'
import { partitionOf } from '../../../stream/partition.js'
import type { Position } from '../../../stream/position.js'
import type { Row } from '../session/session.js'
import type { Value } from '../session/stamped.js'
import { positionIn } from './rows.js'

export const DAY_MS = 24 * 60 * 60 * 1000
/** The deletions of a day share this many partitions. */
export const DELETION_SHARDS = 16

/** An accepted delete, and when it was accepted. */
export interface Deletion {
  readonly effect: Effect
  readonly acceptedAt: number
}

export const dayOf = (timestampMs: number): number => Math.floor(timestampMs / DAY_MS)

export const slotOf = (day: number, shard: number): string => `${day} ${shard}`

/** The deletes of a batch: each has a row, which says when it was accepted. */
export function deletionsIn({ runs }: StoreBatch): readonly Deletion[] {
  return runs.flatMap(({ effects, rows }) =>
    effects
      .filter(({ kind }) => kind === 'delete')
      .flatMap((effect) => {
        const event = rows.find(({ position }) => position.offset === effect.position.offset)?.event
        if (event === undefined || event.type === 'event.hidden') return []
        return { effect, acceptedAt: event.ts }
      }),
  )
}

/** By the stamped time, so that whoever folds it again writes the same (R2). */
export const deletionSlot = ({ effect, acceptedAt }: Deletion): string =>
  slotOf(dayOf(acceptedAt), partitionOf(effect.target.channelId, DELETION_SHARDS))

export function deletionValues(deletion: Deletion): readonly Value[] {
  const { target, position, byEpoch, bySeq } = deletion.effect
  const { generation, offset, partition } = position
  return [
    deletionSlot(deletion),
    target.channelId,
    target.epoch,
    BigInt(target.channelSeq),
    generation,
    BigInt(offset),
    partition,
    JSON.stringify({ byEpoch, bySeq }),
  ]
}

/** As it is kept: what was deleted, and by which event. */
export interface KeptDeletion {
  readonly target: RowKey
  readonly position: Position
  readonly byEpoch: number
  readonly bySeq: number
}

export function deletionIn(row: Row): KeptDeletion {
  const channelSeq = Number(row.channel_seq)
  const { byEpoch, bySeq } = JSON.parse(String(row.deletion)) as Pick<
    KeptDeletion,
    'byEpoch' | 'bySeq'
  >
  const { channel_id: channelId, epoch } = row
  return {
    target: {
      channelId: String(channelId),
      epoch: Number(epoch),
      bucket: bucketOf(channelSeq),
      channelSeq,
    },
    position: positionIn(row),
    byEpoch,
    bySeq,
  }
}
