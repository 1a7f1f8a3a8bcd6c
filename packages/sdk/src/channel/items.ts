import type { ChannelEvents, ChannelEventType } from '@tidings/protocol'
import type { TidingsError } from '../errors.js'
import type { GapReason } from '../gate/state.js'
import type { Camel } from './names.js'

/** What is said of a message, whether it is stored yet or not. */
interface MessageContent {
  readonly kind: 'message'
  /** The same from the local echo to the stored message: made for lists that need stable keys. */
  readonly key: string
  readonly channelId: string
  readonly clientMsgId: string
  /** Empty when the message is deleted. */
  readonly text: string
  readonly replyTo?: Camel<ChannelEvents['message.new']>['replyTo']
  readonly attachments?: Camel<ChannelEvents['message.new']>['attachments']
  readonly metadata?: ChannelEvents['message.new']['metadata']
  readonly reactions: readonly Reaction[]
  readonly deleted: boolean
}

/** A message that has its number: durable, and in the same place for everybody (I2). */
export interface Message extends MessageContent {
  readonly status: 'sent'
  readonly epoch: number
  readonly channelSeq: number
  readonly messageId: string
  /** How many messages the channel had up to and including this one; undefined until its event came. */
  readonly messageCount?: number | undefined
  readonly userId: string
  /** Unix milliseconds, by the server. Says nothing of order, which is `channelSeq` alone. */
  readonly sentAt: number
  /** The last edit's number; undefined if it was never edited. */
  readonly editedSeq?: number | undefined
  readonly deletedSeq?: number | undefined
  readonly replyCount?: number | undefined
  readonly pinned?: boolean | undefined
  /** The number of the last event folded in (R14). */
  readonly rev: number
  /** A change of this client is shown that the server has not confirmed yet. */
  readonly changing?: true
}

/** A message of this client without a number yet: the local echo. */
export interface LocalMessage extends MessageContent {
  /** `failed`: it is parked in the outbox; `client.outbox.retry` or `discard` it. */
  readonly status: 'pending' | 'failed'
  readonly epoch?: undefined
  readonly channelSeq?: undefined
  readonly messageId?: undefined
  /** Undefined until the first connection says who the user is. */
  readonly userId: string | undefined
  /** Unix milliseconds, by this machine's clock. */
  readonly sentAt: number
  readonly error?: TidingsError | undefined
}

/** An emoji of a message: by how many, and (at most 20 from the server) by whom. */
export interface Reaction {
  readonly emoji: string
  readonly count: number
  readonly userIds: readonly string[]
}

/** Any other event of the stream, as on the wire, in camelCase. */
type EventOf<T extends ChannelEventType, K extends string = T> = Omit<
  Camel<ChannelEvents[T]>,
  'type' | 'ts' | 'epoch'
> & { readonly kind: K; readonly epoch: number; readonly sentAt: number }

export type MessageEdited = EventOf<'message.edited'>
export type MessageDeleted = EventOf<'message.deleted'>
export type ReactionAdded = EventOf<'reaction.added'>
export type ReactionRemoved = EventOf<'reaction.removed'>
export type MemberJoined = EventOf<'member.joined'>
export type MemberLeft = EventOf<'member.left'>
export type ChannelUpdated = EventOf<'channel.updated'>

/** A number without content: `hidden` from this user, or `unknown` to this version of the SDK (P-8). */
export interface OpaqueEvent {
  readonly kind: 'hidden' | 'unknown'
  readonly channelId: string
  readonly channelSeq: number
  readonly epoch: number
  readonly messageCount?: number | undefined
}

/** One event of a channel's stream, by its `kind`. */
export type StreamEvent =
  | Message
  | MessageEdited
  | MessageDeleted
  | ReactionAdded
  | ReactionRemoved
  | MemberJoined
  | MemberLeft
  | ChannelUpdated
  | OpaqueEvent

/** What changes an earlier message; a reply counts at the message that it answers. */
export type MessageChange =
  | MessageEdited
  | MessageDeleted
  | ReactionAdded
  | ReactionRemoved
  | Message

/**
 * Numbers that were not emitted, and why (I9). Messages from before may have been edited or deleted
 * inside it: the timeline reads them again, others use `history()`.
 */
export interface Gap {
  readonly kind: 'gap'
  readonly key: string
  readonly channelId: string
  readonly fromSeq: number
  readonly toSeq: number
  /** `skipped`: can be filled. `expired`: fell to retention. `not_visible`: not this user's to see. */
  readonly reason: GapReason
  /**
   * Loads the messages of the gap's upper end (50 unless `limit` says otherwise) into the timeline,
   * and returns them; what is left is a smaller gap, which `next()` of the page goes on with.
   * Rejects with `not_found` unless the gap is `skipped`.
   */
  fill(options?: {
    limit?: number | undefined
    signal?: AbortSignal | undefined
  }): Promise<HistoryPage>
}

/**
 * What was emitted above `fromSeq` is void, and comes again: numbering started anew (an older backup was restored),
 * or the user was removed while something was missing, and is back.
 */
export interface Reset {
  readonly kind: 'reset'
  readonly channelId: string
  readonly epoch: number
  readonly fromSeq: number
}

/** A page of messages, ascending, with their content as of the read. */
export interface HistoryPage {
  readonly items: readonly Message[]
  /** The page covers every number from here … */
  readonly oldestSeq: number
  /** … to here: `events({ after: page.newestSeq })` goes on without a hole. */
  readonly newestSeq: number
  readonly hasNext: boolean
  /** The next page in the same direction; undefined when there is none. */
  next(): Promise<HistoryPage | undefined>
}

/** What identifies a stored message: a message, or the result of a send. */
export interface MessageRef {
  readonly epoch: number
  readonly channelSeq: number
  readonly messageId: string
}
