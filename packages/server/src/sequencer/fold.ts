import { type ChannelEvent, epochField } from '@tidings/protocol'
import type { TargetState } from '../ports/message-store.js'
import type { CommandResult, LogRecord } from '../stream/command.js'
import {
  bucketOf,
  type ChannelState,
  type Effect,
  type EventRow,
  type IdRow,
  type StateChange,
} from '../stream/event.js'
import { comparePositions } from '../stream/position.js'
import { alarmAt } from './alarm.js'
import { decide } from './decide.js'
import type { Numbered, Unnumbered } from './decision.js'
import { firstResult } from './repeats.js'
import { rowKey } from './target.js'

/** A row that was stored at or above the first position of the batch: kept only to compare (R2, R3). */
export interface StoredRow {
  readonly epoch: number
  readonly channelSeq: number
  readonly position: EventRow['position']
}

/** What is known of a channel and of the names in a command, below that command. */
export interface Known {
  readonly state: ChannelState
  readonly above: readonly StoredRow[]
  /** The row of the command's own id. */
  readonly id: IdRow | undefined
  /** The row that the command names. */
  readonly target: TargetState | undefined
}

export type Folded =
  /** Known already: nothing changes, the answer is the first result (R4). */
  | { readonly outcome: 'repeat'; readonly result: CommandResult }
  /** New: `state` follows, and `idRow` is remembered whatever was decided (R5). */
  | {
      readonly outcome: 'new'
      readonly result: CommandResult
      readonly state: ChannelState
      readonly idRow: IdRow
      readonly row?: EventRow
      readonly effect?: Effect
      readonly change?: StateChange
    }

/**
 * Folds one command: a deterministic function of what the log below it has fixed (R5). Throws SequencerAlarm
 * when the log or the store contradicts it (R3).
 */
export function fold(record: LogRecord, known: Known): Folded {
  const { state } = known
  const first = firstResult(record, state, known.id)
  if (first !== undefined) {
    compare(record, known, undefined)
    return { outcome: 'repeat', result: first }
  }
  const decision = decide(record, state, known.target)
  if (decision.verdict === 'number') return number(record, known, decision)
  compare(record, known, undefined)
  if (decision.verdict === 'noop') return unnumbered(record, state, decision)
  const { code, message } = decision
  const result = { status: 'rejected', code, message } as const
  return { outcome: 'new', result, state, idRow: remember(record, result) }
}

function number(record: LogRecord, known: Known, decision: Numbered): Folded {
  const { command, position } = record
  const { channelId, userId } = command
  const { epoch, epochs, headSeq, oldestSeq, messageCount: countBefore } = known.state
  const channelSeq = headSeq + 1
  compare(record, known, channelSeq)
  const { body, messageId } = decision
  const messageCount = body.type === 'message.new' ? countBefore + 1 : countBefore
  const event = {
    ...body,
    channel_id: channelId,
    channel_seq: channelSeq,
    ...epochField(epoch),
    message_count: messageCount,
    user_id: userId,
    client_msg_id: command.clientMsgId,
    ts: command.acceptedAt,
  } as ChannelEvent
  const result: CommandResult = {
    status: 'accepted',
    epoch,
    channelSeq,
    messageId,
    ts: command.acceptedAt,
  }
  const state = { epoch, epochs, headSeq: channelSeq, messageCount, oldestSeq, position }
  const row: EventRow = {
    channelId,
    epoch,
    bucket: bucketOf(channelSeq),
    channelSeq,
    position,
    messageCount,
    event,
    json: JSON.stringify(event),
  }
  const effect: Effect | undefined = decision.effect && {
    target: rowKey(channelId, known.state, decision.effect.seq),
    position,
    bySeq: channelSeq,
    byEpoch: epoch,
    ...decision.effect.body,
  }
  return { outcome: 'new', result, state, idRow: remember(record, result), row, effect }
}

function unnumbered(record: LogRecord, state: ChannelState, decision: Unnumbered): Folded {
  const { messageId, change } = decision
  const { position, command } = record
  const next = change === undefined ? state : { ...applied(state, change), position }
  const result = { status: 'noop', epoch: next.epoch, messageId, ts: command.acceptedAt } as const
  return { outcome: 'new', result, state: next, idRow: remember(record, result), change }
}

function applied(state: ChannelState, change: StateChange): ChannelState {
  if (change.kind === 'retention') return { ...state, oldestSeq: change.oldestSeq }
  const { epoch, fromSeq, messageCount } = change
  return {
    ...state,
    epoch,
    epochs: [...state.epochs, { epoch, fromSeq }],
    headSeq: fromSeq,
    messageCount,
  }
}

const remember = (record: LogRecord, result: CommandResult): IdRow => {
  const { channelId, userId, clientMsgId, acceptedAt } = record.command
  return { id: { channelId, userId, clientMsgId }, position: record.position, acceptedAt, result }
}

/** R3: what is stored at this number or at this position must be exactly what was just decided. */
function compare(record: LogRecord, known: Known, channelSeq: number | undefined): void {
  const { epoch } = known.state
  for (const stored of known.above) {
    const samePosition = comparePositions(stored.position, record.position) === 0
    const sameNumber = stored.epoch === epoch && stored.channelSeq === channelSeq
    if (samePosition === sameNumber) continue
    const was = `number ${stored.channelSeq} of epoch ${stored.epoch} is stored with offset ${stored.position.offset}`
    const is = channelSeq === undefined ? 'no number' : `number ${channelSeq} of epoch ${epoch}`
    throw alarmAt(record, `${was}, this command gets ${is}`)
  }
}
