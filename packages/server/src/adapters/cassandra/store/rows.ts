import type { ChannelEvent } from '@tidings/protocol'
import type { Head } from '../../../ports/message-store.js'
import type { CommandId, CommandResult } from '../../../stream/command.js'
import type {
  ChannelState,
  Effect,
  EpochStart,
  EventRow,
  IdRow,
  RowKey,
  StateChange,
} from '../../../stream/event.js'
import type { Position } from '../../../stream/position.js'
import { FIRST_EPOCH } from '../../../stream/state.js'
import type { BucketKey } from '../../../stream/write-steps.js'
import type { Row } from '../session/session.js'
import type { Value } from '../session/stamped.js'
import { idInSlot, idSlot } from './id-slot.js'

/** Between what the ports say and what the tables hold; nothing here decides anything. */

const place = ({ generation, offset, partition }: Position): readonly Value[] => [
  generation,
  BigInt(offset),
  partition,
]

export const positionIn = (row: Row): Position => ({
  generation: Number(row.generation),
  partition: Number(row.log_partition),
  offset: Number(row.log_offset),
})

export const bucketValues = ({ channelId, epoch, bucket }: BucketKey): readonly Value[] => [
  channelId,
  epoch,
  bucket,
]
const keyValues = (key: RowKey): readonly Value[] => [...bucketValues(key), BigInt(key.channelSeq)]

/** A row of `events` as it is read: the event still as text. */
export interface StoredEvent {
  readonly channelSeq: number
  readonly position: Position
  readonly json: string
}

export const eventValuesOf = (key: RowKey, position: Position, json: string): readonly Value[] => [
  ...keyValues(key),
  ...place(position),
  json,
]
export const eventValues = (row: EventRow): readonly Value[] =>
  eventValuesOf(row, row.position, row.json)
export const eventIn = (row: Row): StoredEvent => ({
  channelSeq: Number(row.channel_seq),
  position: positionIn(row),
  json: String(row.event),
})
export const parsed = ({ json }: StoredEvent): ChannelEvent => JSON.parse(json) as ChannelEvent

export function effectValues({ target, position, ...body }: Effect): readonly Value[] {
  return [...keyValues(target), ...place(position), JSON.stringify(body)]
}
export const effectIn = (key: BucketKey, row: Row): Effect => ({
  ...(JSON.parse(String(row.effect)) as Effect),
  target: { ...key, channelSeq: Number(row.channel_seq) },
  position: positionIn(row),
})

export interface Pointer {
  readonly position: Position
  readonly epoch: number
  readonly bucket: number
  /** Where the number before the first row lies, for a reader of this epoch. */
  readonly before: { readonly epoch: number; readonly bucket: number }
}
export const pointerValues = (channelId: string, pointer: Pointer): readonly Value[] => {
  const { position, epoch, bucket, before } = pointer
  return [channelId, ...place(position), JSON.stringify({ epoch, bucket, before })]
}
export const pointerIn = (row: Row): Pointer => ({
  ...(JSON.parse(String(row.pointer)) as Omit<Pointer, 'position'>),
  position: positionIn(row),
})

export const changeValues = (channelId: string, change: StateChange): readonly Value[] => {
  const { position, ...body } = change
  return [channelId, ...place(position), JSON.stringify(body)]
}
export const changeIn = (row: Row): StateChange => ({
  ...(JSON.parse(String(row.change)) as StateChange),
  position: positionIn(row),
})

export const idValues = (row: IdRow, ttlS: number): readonly Value[] => [
  idSlot(row.id),
  idInSlot(row.id),
  ...place(row.position),
  JSON.stringify({ acceptedAt: row.acceptedAt, result: row.result }),
  ttlS,
]
export function idRowIn(id: CommandId, row: Row): IdRow {
  const { acceptedAt, result } = JSON.parse(String(row.result)) as {
    readonly acceptedAt: number
    readonly result: CommandResult
  }
  return { id, position: positionIn(row), acceptedAt, result }
}

export function headValues(channelId: string, state: ChannelState): readonly Value[] {
  const { epochs, ...rest } = state
  return [channelId, JSON.stringify(epochs.length === 1 ? rest : state)]
}
export function headIn(row: Row): Head {
  const state = JSON.parse(String(row.head)) as Omit<ChannelState, 'epochs'> & {
    readonly epochs?: readonly EpochStart[]
  }
  return { ...state, epochs: state.epochs ?? [FIRST_EPOCH], channelId: String(row.channel_id) }
}
