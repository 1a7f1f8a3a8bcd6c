import * as z from 'zod/mini'
import { LIMITS } from '../limits.js'
import {
  attachments,
  channelName,
  emoji,
  epoch,
  id,
  metadata,
  positiveSeq,
  replyTo,
  role,
  seq,
  text,
  timestamp,
} from './common.js'

/** What every event has, of whatever kind: enough to pass a gate that does not know the kind. */
const place = {
  channel_id: id,
  channel_seq: positiveSeq,
  epoch,
  /** The number of messages up to and including this event. */
  message_count: seq,
}
const event = { ...place, user_id: id, client_msg_id: id, ts: timestamp }
const target = { ...event, target_seq: positiveSeq, target_message_id: id }

const targetIsEarlier = z.refine<{ channel_seq: number; target_seq: number }>(
  (value) => value.target_seq < value.channel_seq,
  { error: 'must be below channel_seq', path: ['target_seq'] },
)

export const reactionSummary = z.object({
  emoji,
  count: z.int().check(z.gte(1)),
  user_ids: z.array(id).check(z.maxLength(LIMITS.reactionUserIdsMax)),
})

const messageFields = z.object({
  type: z.literal('message.new'),
  ...event,
  message_id: id,
  /** Left out in a tombstone. */
  text: z.optional(text),
  reply_to: z.optional(replyTo),
  attachments: z.optional(attachments),
  metadata: z.optional(metadata),
  /** Served later: the number of the last event folded in; a client folds only events above it. */
  rev: z.optional(positiveSeq),
  edited_seq: z.optional(positiveSeq),
  /** A tombstone: the number of the delete. Text, attachments, metadata and reactions are gone. */
  deleted_seq: z.optional(positiveSeq),
  reactions: z.optional(z.array(reactionSummary).check(z.maxLength(LIMITS.reactionEmojiMax))),
  reply_count: z.optional(seq),
  pinned: z.optional(z.boolean()),
})

type MessageFields = z.infer<typeof messageFields>

const contentFits = (message: MessageFields): boolean =>
  message.deleted_seq === undefined
    ? message.text !== undefined
    : message.text === undefined &&
      message.attachments === undefined &&
      message.metadata === undefined &&
      message.reactions === undefined

const revisionFits = ({ channel_seq, rev, edited_seq, deleted_seq }: MessageFields): boolean =>
  [edited_seq, deleted_seq].every(
    (by) => by === undefined || (by > channel_seq && rev !== undefined && by <= rev),
  ) &&
  (rev === undefined || rev >= channel_seq)

/** R9: identity never changes; content is as of the read, and a tombstone has none. */
export const messageNew = messageFields.check(
  z.refine(contentFits, {
    error: 'a message has text; a tombstone has no text, attachments, metadata or reactions',
    path: ['text'],
  }),
  z.refine(revisionFits, {
    error: 'must be at least channel_seq, edited_seq and deleted_seq, and those above channel_seq',
    path: ['rev'],
  }),
)
export const messageEdited = z
  .object({
    type: z.literal('message.edited'),
    ...target,
    /** Left out once the target is deleted (R9). */
    text: z.optional(text),
  })
  .check(targetIsEarlier)
export const messageDeleted = z
  .object({ type: z.literal('message.deleted'), ...target })
  .check(targetIsEarlier)
export const reactionAdded = z
  .object({ type: z.literal('reaction.added'), ...target, emoji })
  .check(targetIsEarlier)
export const reactionRemoved = z
  .object({ type: z.literal('reaction.removed'), ...target, emoji })
  .check(targetIsEarlier)
/** `user_id` is who joined; `by_user_id` who let them in, where it was another. */
export const memberJoined = z.object({
  type: z.literal('member.joined'),
  ...event,
  role,
  by_user_id: z.optional(id),
})
export const memberLeft = z.object({
  type: z.literal('member.left'),
  ...event,
  reason: z.enum(['left', 'kicked', 'banned']),
  by_user_id: z.optional(id),
})
export const channelUpdated = z.object({
  type: z.literal('channel.updated'),
  ...event,
  name: z.optional(channelName),
  /** A member whose role changed. */
  member: z.optional(z.object({ user_id: id, role })),
})
/** The form, made once, of an event whose target lies below a receiver's `oldest_seq`. */
export const eventHidden = z.object({ type: z.literal('event.hidden'), ...place })

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

const KNOWN: ReadonlySet<string> = new Set(
  channelEvent.def.options.flatMap((option) => [...option.def.shape.type.def.values]),
)

/** An event of a newer server's kind: it has its place in the stream, and passes the gate by it. */
export const unknownEvent = z.looseObject({
  type: z.string().check(z.refine((type) => !KNOWN.has(type), 'is known, but not in this form')),
  ...place,
})
