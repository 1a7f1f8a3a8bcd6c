import type { Attachment, ErrorCode, ReplyTo, Role } from '@tidings/protocol'
import type { Position } from './position.js'
import type { RequestContext } from './request-context.js'

/** The version of the rules by which commands are folded (R11). Raised only with a generation. */
export const RULES_VERSION = 1

/** Identity of a command: the key of its idempotency (I3). */
export interface CommandId {
  readonly channelId: string
  readonly userId: string
  readonly clientMsgId: string
}

/** Where the answer of a command goes: a connection of a gateway, or a waiting request. */
export interface Origin {
  /** The process that accepted it: an id of the push bus. */
  readonly processId: string
  /** Unique in that process: a connection's or a request's id. */
  readonly replyTo: string
}

/** Names a message by number and id, in the epoch in which the sender knows the number. */
export interface Target {
  readonly epoch: number
  readonly seq: number
  readonly messageId: string
}

export type CommandPayload =
  | {
      readonly kind: 'message.send'
      readonly text: string
      readonly replyTo?: ReplyTo & { readonly epoch: number }
      readonly attachments?: readonly Attachment[]
      readonly metadata?: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'message.edit'; readonly target: Target; readonly text: string }
  | { readonly kind: 'message.delete'; readonly target: Target }
  | {
      readonly kind: 'reaction.add' | 'reaction.remove'
      readonly target: Target
      readonly emoji: string
    }
  | { readonly kind: 'member.join'; readonly role: Role; readonly byUserId?: string }
  | {
      readonly kind: 'member.leave'
      readonly reason: 'left' | 'kicked' | 'banned'
      readonly byUserId?: string
    }
  | {
      readonly kind: 'channel.update'
      readonly name?: string
      readonly member?: { readonly user_id: string; readonly role: Role }
    }
  /** Numbering starts anew above `fromSeq` (R10). */
  | { readonly kind: 'epoch.raise'; readonly epoch: number; readonly fromSeq: number }
  /** Retention: what lies below `oldestSeq` is not served any more (R6). */
  | { readonly kind: 'retention.raise'; readonly oldestSeq: number }

export type CommandKind = CommandPayload['kind']

/** Everything the fold needs; clock, chance and permissions were settled at acceptance (R5). */
export type Command = CommandId &
  CommandPayload &
  RequestContext & {
    readonly rules: number
    /** Snowflake, stamped at acceptance; the message's id if this command becomes a message. */
    readonly messageId: string
    /** Unix milliseconds at acceptance: the event's `ts`. */
    readonly acceptedAt: number
    /** The actor's role in the channel when it was accepted. */
    readonly role: Role
    readonly membershipVersion: number
    readonly origin?: Origin
  }

/** A command with its place in the log. */
export interface LogRecord {
  readonly position: Position
  readonly command: Command
}

/** What became of a command: remembered under its id, so that its repeat gets the same (R4, R5). */
export type CommandResult =
  | {
      readonly status: 'accepted'
      readonly epoch: number
      readonly channelSeq: number
      readonly messageId: string
      readonly ts: number
    }
  /** A change of nothing: it took no number. */
  | {
      readonly status: 'noop'
      readonly epoch: number
      readonly messageId: string
      readonly ts: number
    }
  | { readonly status: 'rejected'; readonly code: ErrorCode; readonly message: string }
