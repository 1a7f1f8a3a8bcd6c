import type { ChannelEvent } from '@tidings/protocol'
import type { CommandId, CommandResult, Origin } from '../stream/command.js'

/**
 * From the sequencer to every process that has connections or waiting requests. Best effort: a lost push
 * is healed by heads (R12), a lost answer by the sender's repeat (I3).
 *
 * An adapter
 * - MUST keep the order of pushes to one process;
 * - MUST NOT let one slow or dead process hold up another: deadline and circuit per process;
 * - MUST bound what waits for a process (I7) and drop with a count, never silently.
 */
export interface PushBus {
  /** Takes part under an id that no other living process has. */
  register(processId: string, receiver: PushReceiver): () => void
  /** Resolves when the process took it; rejects when that is not known. */
  push(processId: string, batch: PushBatch): Promise<void>
  /** Every process that is registered now. */
  processes(): readonly string[]
  /** R13: resolves when that process can send nothing above `seq` of this channel to this user, or its lease is over. */
  confirmRemoval(processId: string, removal: Removal): Promise<void>
}

export interface PushReceiver {
  receive(batch: PushBatch): void
  confirmRemoval(removal: Removal): Promise<void>
}

export interface Removal {
  readonly channelId: string
  readonly userId: string
  readonly epoch: number
  readonly seq: number
  /** Told to the user's clients should the event itself not come; left out: `left`. */
  readonly reason?: 'left' | 'kicked' | 'banned'
}

export interface PushBatch {
  readonly channels: readonly ChannelPush[]
  readonly answers: readonly Answer[]
}

/** Numbered events of one channel, ascending and without a hole, or only its head. */
export interface ChannelPush {
  readonly channelId: string
  readonly epoch: number
  /** Where `epoch` started; a receiver of an older epoch resets to it. */
  readonly fromSeq: number
  readonly headSeq: number
  readonly messageCount: number
  readonly oldestSeq: number
  readonly events: readonly PushedEvent[]
}

/** `json` is the event, written once for every receiver (the same bytes). */
export interface PushedEvent {
  readonly event: ChannelEvent
  readonly json: string
}

/** What became of a command, for the origin that waits for it. */
export interface Answer {
  readonly origin: Origin
  readonly id: CommandId
  readonly result: CommandResult
  readonly deduplicated: boolean
}
