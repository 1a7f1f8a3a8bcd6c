import type { ErrorCode } from '@tidings/protocol'
import type { CommandResult } from '../../../stream/command.js'
import type {
  ChannelState,
  Effect,
  EpochStart,
  EventRow,
  IdRow,
  StateChange,
} from '../../../stream/event.js'
import type { Position } from '../../../stream/position.js'
import { FIRST_EPOCH } from '../../../stream/state.js'
import type { SqlRow } from '../driver.js'
import type {
  EffectsTable,
  EventsTable,
  HeadsTable,
  IdsTable,
  StateChangesTable,
} from '../schema.js'

/** Between what the ports say and what the tables hold; nothing here decides anything. */

const placed = ({ generation, partition, offset }: Position) => ({
  generation,
  log_partition: partition,
  log_offset: offset,
})

export const positionIn = (row: SqlRow): Position => ({
  generation: Number(row.generation),
  partition: Number(row.log_partition),
  offset: Number(row.log_offset),
})

export const eventRecord = (row: EventRow): EventsTable => ({
  channel_id: row.channelId,
  epoch: row.epoch,
  channel_seq: row.channelSeq,
  ...placed(row.position),
  message_count: row.messageCount,
  is_message: row.event.type === 'message.new' ? 1 : 0,
  accepted_at: row.event.type === 'event.hidden' ? 0 : row.event.ts,
  event: row.json,
})

const STATUS = { accepted: 0, noop: 1, rejected: 2 } as const

export function idRecord({ id, position, acceptedAt, result }: IdRow): IdsTable {
  return {
    client_msg_id: id.clientMsgId,
    channel_id: id.channelId,
    user_id: id.userId,
    ...placed(position),
    accepted_at: acceptedAt,
    status: STATUS[result.status],
    epoch: result.status === 'rejected' ? null : result.epoch,
    channel_seq: result.status === 'accepted' ? result.channelSeq : null,
    message_id: result.status === 'rejected' ? null : result.messageId,
    // nearly always the same; then it takes no room
    ts: result.status === 'rejected' || result.ts === acceptedAt ? null : result.ts,
    code: result.status === 'rejected' ? result.code : null,
    message: result.status === 'rejected' ? result.message : null,
  }
}

export function idRowIn(row: SqlRow): IdRow {
  const acceptedAt = Number(row.accepted_at)
  return {
    id: {
      channelId: String(row.channel_id),
      userId: String(row.user_id),
      clientMsgId: String(row.client_msg_id),
    },
    position: positionIn(row),
    acceptedAt,
    result: resultIn(row, acceptedAt),
  }
}

function resultIn(row: SqlRow, acceptedAt: number): CommandResult {
  if (row.status === STATUS.rejected) {
    // only codes of the table were ever stored
    return { status: 'rejected', code: row.code as ErrorCode, message: String(row.message) }
  }
  const common = {
    epoch: Number(row.epoch),
    messageId: String(row.message_id),
    ts: Number(row.ts ?? acceptedAt),
  }
  if (row.status === STATUS.noop) return { status: 'noop', ...common }
  return { status: 'accepted', ...common, channelSeq: Number(row.channel_seq) }
}

export const headRecord = (channelId: string, state: ChannelState): HeadsTable => ({
  channel_id: channelId,
  epoch: state.epoch,
  epochs: state.epochs.length === 1 ? null : JSON.stringify(state.epochs),
  head_seq: state.headSeq,
  message_count: state.messageCount,
  oldest_seq: state.oldestSeq,
  ...placed(state.position),
})

export const stateIn = (row: SqlRow): ChannelState => ({
  epoch: Number(row.epoch),
  epochs: row.epochs === null ? [FIRST_EPOCH] : (JSON.parse(String(row.epochs)) as EpochStart[]),
  headSeq: Number(row.head_seq),
  messageCount: Number(row.message_count),
  oldestSeq: Number(row.oldest_seq),
  position: positionIn(row),
})

export const changeRecord = (channelId: string, change: StateChange): StateChangesTable => ({
  channel_id: channelId,
  ...placed(change.position),
  kind: change.kind,
  epoch: change.kind === 'epoch' ? change.epoch : null,
  from_seq: change.kind === 'epoch' ? change.fromSeq : null,
  message_count: change.kind === 'epoch' ? change.messageCount : null,
  oldest_seq: change.kind === 'retention' ? change.oldestSeq : null,
})

export const changeIn = (row: SqlRow): StateChange => ({
  position: positionIn(row),
  ...(row.kind === 'epoch'
    ? {
        kind: 'epoch',
        epoch: Number(row.epoch),
        fromSeq: Number(row.from_seq),
        messageCount: Number(row.message_count),
      }
    : { kind: 'retention', oldestSeq: Number(row.oldest_seq) }),
})

export const effectRecord = (effect: Effect): EffectsTable => ({
  channel_id: effect.target.channelId,
  target_epoch: effect.target.epoch,
  kind: effect.kind,
  target_seq: effect.target.channelSeq,
  emoji: effect.kind === 'reaction' ? effect.emoji : '',
  user_id: effect.kind === 'reaction' ? effect.userId : '',
  ...placed(effect.position),
  by_epoch: effect.byEpoch,
  by_seq: effect.bySeq,
  present: effect.kind === 'reaction' ? Number(effect.present) : null,
  text: effect.kind === 'edit' ? JSON.stringify(effect.text) : null,
})
