import type { LogRecord } from '../stream/command.js'
import type { Position } from '../stream/position.js'
import { type RequestContext, requestOf } from '../stream/request-context.js'

/**
 * R3: the log or the store has gone back. Nothing is skipped: after a second look at the store the
 * partition stops. The way out is a new generation (R10).
 */
export class SequencerAlarm extends Error {
  override readonly name = 'SequencerAlarm'
  constructor(
    /** Undefined when the store itself found the damage. */
    readonly channelId: string | undefined,
    /** Of the command that could not be folded, or of the first of its batch. */
    readonly position: Position,
    reason: string,
    options?: ErrorOptions,
    /** Of that command. */
    readonly request?: RequestContext,
  ) {
    const { generation, partition, offset } = position
    const channel = channelId === undefined ? '' : `channel ${channelId}, `
    super(
      `The log or the store has gone back: ${reason} (${channel}generation ${generation}, partition ${partition}, offset ${offset}).`,
      options,
    )
  }
}

/** The alarm that one command raised. */
export const alarmAt = ({ command, position }: LogRecord, reason: string): SequencerAlarm =>
  new SequencerAlarm(command.channelId, position, reason, undefined, requestOf(command))

/** R11: a command that this version must not skip and cannot fold. The process leaves and exits. */
export class UnknownCommand extends Error {
  override readonly name = 'UnknownCommand'
  constructor(
    readonly position: Position,
    reason: string,
    readonly request?: RequestContext,
  ) {
    const { generation, partition, offset } = position
    super(
      `This version cannot fold the command at generation ${generation}, partition ${partition}, offset ${offset}: ${reason}. Start a version that knows it.`,
    )
  }
}
