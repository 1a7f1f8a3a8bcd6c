import * as z from 'zod/mini'
import { attachments, emoji, epoch, id, metadata, positiveSeq, replyTo, role, seq, text, timestamp } from './common.js'

const event = {
  channel_id: id,
  channel_seq: positiveSeq,
  epoch,
  /** The number of messages up to and including this event. */
  message_count: seq,
  user_id: id,
  client_msg_id: id,
  ts: timestamp,
}
const target = { ...event, target_seq: positiveSeq, target_message_id: id }

export const reactionSummary = z.object({ emoji, count: z.int().check(z.gte(1)), user_ids: z.array(id) })

export const messageNew = z.object({
  type: z.literal('message.new'),
  ...event,
  message_id: id,
  /** Left out in a tombstone. */
  text: z.optional(text),
  reply_to: z.optional(replyTo),
  attachments: z.optional(attachments),
  metadata: z.optional(metadata),
  /** Served later: the number of the last event folded in; a client folds only events above it. */
  rev: z.optional(seq),
  edited_seq: z.optional(positiveSeq),
  /** A tombstone: the number of the delete. Text, attachments and metadata are gone. */
  deleted_seq: z.optional(positiveSeq),
  reactions: z.optional(z.array(reactionSummary)),
  reply_count: z.optional(seq),
  pinned: z.optional(z.boolean()),
})
export const messageEdited = z.object({
  type: z.literal('message.edited'),
  ...target,
  /** Left out once the target is deleted (R9). */
  text: z.optional(text),
})
export const messageDeleted = z.object({ type: z.literal('message.deleted'), ...target })
export const reactionAdded = z.object({ type: z.literal('reaction.added'), ...target, emoji })
export const reactionRemoved = z.object({ type: z.literal('reaction.removed'), ...target, emoji })
/** `user_id` is who joined; `by_user_id` who let them in, where it was another. */
export const memberJoined = z.object({ type: z.literal('member.joined'), ...event, role, by_user_id: z.optional(id) })
export const memberLeft = z.object({
  type: z.literal('member.left'),
  ...event,
  reason: z.enum(['left', 'kicked', 'banned']),
  by_user_id: z.optional(id),
})
export const channelUpdated = z.object({
  type: z.literal('channel.updated'),
  ...event,
  name: z.optional(z.string().check(z.maxLength(200))),
  /** A member whose role changed. */
  member: z.optional(z.object({ user_id: id, role })),
})
/** The form, made once, of an event whose target lies below a receiver's `oldest_seq`. */
export const eventHidden = z.object({
  type: z.literal('event.hidden'),
  channel_id: id,
  channel_seq: positiveSeq,
  epoch,
  message_count: seq,
})

export const channelEvent = z.discriminatedUnion('type', [
  messageNew,
  messageEdited,
  messageDeleted,
  reactionAdded,
  reactionRemoved,
  memberJoined,
  memberLeft,
  channelUpdated,
  eventHidden,
])
