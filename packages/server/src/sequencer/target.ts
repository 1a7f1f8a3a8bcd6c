import type { TargetState } from '../ports/message-store.js'
import type { Command, LogRecord, Target } from '../stream/command.js'
import {
  bucketOf,
  type ChannelState,
  epochHolding,
  type RowKey,
  validUpTo,
} from '../stream/event.js'
import { comparePositions } from '../stream/position.js'
import { alarmAt } from './alarm.js'

/** The row that a command names, if it names one: it is loaded with the batch (R5). */
export function namedTarget(command: Command): Pick<Target, 'epoch' | 'seq'> | undefined {
  switch (command.kind) {
    case 'message.edit':
    case 'message.delete':
    case 'reaction.add':
    case 'reaction.remove':
      return command.target
    case 'message.send':
      return command.replyTo
    case 'epoch.raise':
      // the row where the older numbering ends says how many messages there are; most often of the first epoch
      return { epoch: 1, seq: command.fromSeq }
    default:
      return undefined
  }
}

/** Where the row of a number lies for a channel in this state. */
export const rowKey = (channelId: string, state: ChannelState, seq: number): RowKey => ({
  channelId,
  epoch: epochHolding(state.epochs, seq),
  bucket: bucketOf(seq),
  channelSeq: seq,
})

export type FoundTarget =
  | { readonly found: true; readonly target: TargetState; readonly deleted: boolean }
  | { readonly found: false }

/**
 * The named message, as what the log below the command has fixed (R5). Not found: above the head, void, below
 * retention, or another message at that number. A row that must be there and is not is R3's alarm.
 */
export function findTarget(
  record: LogRecord,
  state: ChannelState,
  named: Target,
  loaded: TargetState | undefined,
): FoundTarget {
  if (!isServed(state, named)) return { found: false }
  if (loaded === undefined) {
    throw alarmAt(
      record,
      `the row of number ${named.seq} is missing below the head ${state.headSeq}`,
    )
  }
  if (loaded.messageId !== named.messageId) return { found: false }
  const { deletedAt } = loaded
  const deleted = deletedAt !== undefined && comparePositions(deletedAt, record.position) < 0
  return { found: true, target: loaded, deleted }
}

function isServed(state: ChannelState, named: Target): boolean {
  if (named.seq > state.headSeq || named.seq < state.oldestSeq) return false
  if (named.epoch === state.epoch) return true
  if (named.epoch > state.epoch) return false
  const bound = validUpTo(state.epochs, named.epoch)
  return bound === undefined || named.seq <= bound
}
