import type { ChannelEvent, PresenceStatus } from '@tidings/protocol'
import type { CommandId, CommandResult, Origin } from '../stream/command.js'
import type { RequestContext } from '../stream/request-context.js'
import type { OutboxEntry } from './directory.js'
import type { MembershipChange } from './membership.js'
import type { ReceiptRise } from './receipts.js'

/**
 * From the sequencer to every process that has connections or waiting requests. Best effort: a lost push
 * is healed by heads (R12), a lost answer by the sender's repeat (I3).
 *
 * An adapter
 * - MUST keep the order of pushes to one process;
 * - MUST NOT let one slow or dead process hold up another: deadline and circuit per process;
 * - MUST bound what waits for a process (I7) and drop with a count, never silently: typing first, presence and
 *   receipts next, and everything else only when nothing more fits.
 */
export interface PushBus {
  /** Takes part under an id that no other living process has. */
  register(processId: string, receiver: PushReceiver): () => void
  /** Resolves when the process took it; rejects when that is not known. */
  push(processId: string, batch: PushBatch): Promise<void>
  /** Every process that is registered, as far as is known now: for what is best effort. */
  processes(): readonly string[]
  /** R13: every process that may hold a lease, asked for anew; rejects when that cannot be told. */
  living(): Promise<readonly string[]>
  /**
   * R13: resolves when that process can send nothing above `seq` of this channel to this user, or, should they be a
   * member, nothing that their membership does not show them (I8), or when its lease is over.
   */
  confirmRemoval(processId: string, removal: Removal): Promise<void>
  /** I8: resolves when that process has dropped what it kept of these memberships, or its lease is over. */
  invalidate(processId: string, changes: readonly MembershipChange[]): Promise<void>
  /** Resolves when that process has ended these sessions, or is gone; rejects when that is not known. */
  endSessions(processId: string, ending: SessionEnding): Promise<void>
}

export interface PushReceiver {
  receive(batch: PushBatch): void
  confirmRemoval(removal: Removal): Promise<void>
  /** Left out where no memberships are kept. */
  invalidate?(changes: readonly MembershipChange[]): Promise<void>
  /** Left out where there are no sockets. */
  endSessions?(ending: SessionEnding): Promise<void>
}

/** Sessions that are to end at once: all of a user, or those of them that also have this device or token. */
export interface SessionEnding {
  readonly userId: string
  readonly deviceId?: string
  readonly tokenId?: string
  /** Told by the close: 4009, as at logout, or 4003. */
  readonly reason: 'ended' | 'forbidden'
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
  readonly outbox?: OutboxWanted
  /** What is never stored, or only watermarks; left out: nothing. */
  readonly ephemeral?: readonly Ephemeral[]
}

/** What may be lost on the way without a trace: a later one, or a snapshot, says the same. */
export type Ephemeral = TypingPush | PresencePush | ReceiptPush

export interface TypingPush {
  readonly kind: 'typing'
  readonly channelId: string
  readonly userId: string
  readonly state: 'start' | 'stop'
}

/** A user is something else now: for the channels that they are in. */
export interface PresencePush {
  readonly kind: 'presence'
  readonly userId: string
  readonly status: PresenceStatus
  readonly lastSeen?: number
  readonly channelIds: readonly string[]
}

/** A watermark that has risen, and is stored. */
export interface ReceiptPush {
  readonly kind: 'receipt'
  readonly rise: ReceiptRise
  /** Only for the user's own connections. */
  readonly ownOnly: boolean
}

/** R15: a process wants to know what becomes of these entries; whoever runs the relay answers it. */
export interface OutboxWanted {
  readonly processId: string
  readonly entries: readonly OutboxEntry[]
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

/** `json` is the event, written once for every receiver (the same bytes); `event` may be read from it on demand. */
export interface PushedEvent {
  readonly event: ChannelEvent
  readonly json: string
  /** Of the command that made it, for log lines and traces; left out where that is not known. */
  readonly request?: RequestContext | undefined
}

/** What became of a command, for the origin that waits for it. */
export interface Answer {
  readonly origin: Origin
  readonly id: CommandId
  readonly result: CommandResult
  readonly deduplicated: boolean
  /** Of the command, for log lines and traces. */
  readonly requestId?: string
  /** W3C `traceparent`. */
  readonly trace?: string
}
