import type { ChannelEvent } from '@tidings/protocol'
import type { CommandId, CommandResult } from './command.js'
import type { Position } from './position.js'

/** Where numbering started anew: numbers at or below `fromSeq` keep their older epoch's rows. */
export interface EpochStart {
  readonly epoch: number
  readonly fromSeq: number
}

/** The state of a channel: what its last row says. */
export interface ChannelState {
  readonly epoch: number
  /** Ascending; always begins with `{ epoch: 1, fromSeq: 0 }`. */
  readonly epochs: readonly EpochStart[]
  readonly headSeq: number
  readonly messageCount: number
  /** 1 until retention raised it. */
  readonly oldestSeq: number
  /** Of the last command that changed this state. */
  readonly position: Position
}

/** Names a stored row. The bucket is `bucketOf(channelSeq)`, in the key so that every adapter can partition by it. */
export interface RowKey {
  readonly channelId: string
  readonly epoch: number
  readonly bucket: number
  readonly channelSeq: number
}

/** One numbered event. Its identity never changes once written (I2, R9). */
export interface EventRow extends RowKey {
  readonly position: Position
  readonly messageCount: number
  /** Exactly as it is pushed live: the wire form without `rev` and what is folded in later. */
  readonly event: ChannelEvent
  /** `event` as JSON, written once: what is stored and what every receiver gets (the same bytes). */
  readonly json: string
}

/**
 * A change of a channel's state that takes no number (R6, R10). Kept by position, so that the state below
 * any position can be told (R2).
 */
export type StateChange = {
  readonly position: Position
} & (
  | {
      readonly kind: 'epoch'
      readonly epoch: number
      readonly fromSeq: number
      /** As the row at `fromSeq` says. */
      readonly messageCount: number
    }
  | { readonly kind: 'retention'; readonly oldestSeq: number }
)

/** What an event does to an earlier message's own row (R6, R9). Written under its command's position. */
export type Effect = {
  readonly target: RowKey
  readonly position: Position
  /** Number of the event that does it; becomes the served `rev`. */
  readonly bySeq: number
  readonly byEpoch: number
} & (
  | { readonly kind: 'edit'; readonly text: string }
  | { readonly kind: 'delete' }
  | {
      readonly kind: 'reaction'
      readonly emoji: string
      readonly userId: string
      readonly present: boolean
    }
  | { readonly kind: 'reply' }
)

/** The remembered result of a command (I3, R4). */
export interface IdRow {
  readonly id: CommandId
  readonly position: Position
  readonly acceptedAt: number
  readonly result: CommandResult
}

/** Events per bucket: a partition stays far below 100 MB at the largest allowed message. Fixed for an installation (R11). */
export const BUCKET_SIZE = 1000

/** The bucket of a number: any page is found by arithmetic. */
export const bucketOf = (channelSeq: number): number => Math.floor(channelSeq / BUCKET_SIZE)

/** The epoch whose row holds `seq` for a reader of the newest epoch, or undefined above the head's lineage. */
export function epochHolding(epochs: readonly EpochStart[], seq: number): number {
  // a number belongs to the newest epoch that started below it
  for (let i = epochs.length - 1; i > 0; i--) {
    const start = epochs[i]
    if (start !== undefined && seq > start.fromSeq) return start.epoch
  }
  return 1
}

/**
 * The lowest `fromSeq` of all epochs above `epoch`: what a reader of `epoch` holds above it is void.
 * Undefined when `epoch` is the newest.
 */
export function validUpTo(epochs: readonly EpochStart[], epoch: number): number | undefined {
  const later = epochs.filter((start) => start.epoch > epoch).map((start) => start.fromSeq)
  return later.length === 0 ? undefined : Math.min(...later)
}
