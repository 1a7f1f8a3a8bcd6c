import { LIMITS } from '@tidings/protocol'
import type { CommandResult, LogRecord } from '../stream/command.js'
import { type ChannelState, type IdRow, validUpTo } from '../stream/event.js'
import { comparePositions } from '../stream/position.js'
import { alarmAt } from './alarm.js'

/**
 * R4: the first result of a command that was folded before, or undefined for one that is new. `known` is the
 * highest row of its id below the command; a row at or above it was written by a sequencer ahead of us.
 */
export function firstResult(
  record: LogRecord,
  state: ChannelState,
  known: IdRow | undefined,
): CommandResult | undefined {
  if (known === undefined || comparePositions(known.position, record.position) >= 0)
    return undefined
  if (record.command.acceptedAt - known.acceptedAt > LIMITS.idempotencyWindowMs) return undefined
  const { result } = known
  if (result.status === 'rejected') return result
  if (result.epoch > state.epoch) throw alarmAt(record, 'a known id names an epoch above the state')
  if (result.status === 'noop') return result.epoch === state.epoch ? result : undefined
  if (result.epoch < state.epoch) {
    // numbered in an older epoch: it counts only where every later epoch kept the number
    const bound = validUpTo(state.epochs, result.epoch)
    return bound === undefined || result.channelSeq <= bound ? result : undefined
  }
  if (result.channelSeq > state.headSeq)
    throw alarmAt(record, 'a known id is numbered above the head')
  return result
}
