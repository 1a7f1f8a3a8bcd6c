import type { TargetState } from '../ports/message-store.js'
import type { Command, LogRecord } from '../stream/command.js'
import type { ChannelState } from '../stream/event.js'
import { alarmAt } from './alarm.js'
import { noop, type Rejection, reject, type Unnumbered } from './decision.js'

type Raise<K extends Command['kind']> = Extract<Command, { kind: K }>

/**
 * R10: numbering starts anew above `fromSeq`. What the older epochs numbered above it is void; the state goes
 * back to the row at `fromSeq`, whose message count is therefore loaded.
 */
export function raiseEpoch(
  record: LogRecord,
  command: Raise<'epoch.raise'>,
  state: ChannelState,
  loaded: TargetState | undefined,
): Unnumbered | Rejection {
  const { epoch, fromSeq, messageId } = command
  if (epoch <= state.epoch) {
    const raised = state.epochs.some((start) => start.epoch === epoch && start.fromSeq === fromSeq)
    return raised
      ? noop(messageId)
      : reject('conflict', `The channel's epoch is ${state.epoch} already.`)
  }
  if (fromSeq > state.headSeq) {
    throw alarmAt(record, `an epoch starts at ${fromSeq}, above the head ${state.headSeq}`)
  }
  const messageCount = countAt(fromSeq, state, loaded)
  if (messageCount === undefined) throw alarmAt(record, `the row of number ${fromSeq} is missing`)
  const { position } = record
  return noop(messageId, { kind: 'epoch', position, epoch, fromSeq, messageCount })
}

function countAt(seq: number, state: ChannelState, loaded: TargetState | undefined) {
  if (seq === 0) return 0
  return seq === state.headSeq ? state.messageCount : loaded?.messageCount
}

/** R6: what lies below `oldestSeq` is not served any more. Rows stay. */
export function raiseRetention(
  record: LogRecord,
  command: Raise<'retention.raise'>,
  state: ChannelState,
): Unnumbered | Rejection {
  const { oldestSeq, messageId } = command
  if (oldestSeq <= state.oldestSeq) return noop(messageId)
  if (oldestSeq > state.headSeq + 1) {
    return reject('conflict', `The head is ${state.headSeq}: nothing above it can expire.`)
  }
  return noop(messageId, { kind: 'retention', position: record.position, oldestSeq })
}
