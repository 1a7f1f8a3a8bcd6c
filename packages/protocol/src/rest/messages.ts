import * as z from 'zod/mini'
import {
  attachments,
  clientMsgId,
  emoji,
  id,
  metadata,
  positiveSeq,
  replyTo,
  seq,
  text,
  timestamp,
} from '../frames/common.js'
import { channelEvent } from '../frames/events.js'
import { LIMITS } from '../limits.js'

const command = {
  /** Makes a retry safe; left out, the server makes one, and a retry is a new message. */
  client_msg_id: z.optional(clientMsgId),
  first_try_ts: z.optional(timestamp),
  epoch: z.optional(positiveSeq),
  /** As whom: only with a server key. */
  user_id: z.optional(id),
}

export const messageParams = z.object({
  channel_id: id,
  seq: z.coerce.number().check(z.int(), z.gte(1)),
})
export const reactionParams = z.object({
  channel_id: id,
  seq: z.coerce.number().check(z.int(), z.gte(1)),
  emoji,
})

export const postMessage = z.object({
  ...command,
  text,
  reply_to: z.optional(replyTo),
  attachments: z.optional(attachments),
  metadata: z.optional(metadata),
})
/** `message_id` must be that of the message at this number. */
export const patchMessage = z.object({ ...command, message_id: id, text })
export const targetQuery = z.object({
  message_id: id,
  client_msg_id: z.optional(clientMsgId),
  first_try_ts: z.optional(z.coerce.number().check(z.int(), z.gte(0))),
  epoch: z.optional(z.coerce.number().check(z.int(), z.gte(1))),
  user_id: z.optional(id),
})

/** What `message.ack` says, over HTTP. */
export const sent = z.object({
  client_msg_id: z.string(),
  channel_id: id,
  epoch: z.optional(positiveSeq),
  channel_seq: z.optional(positiveSeq),
  message_id: id,
  ts: timestamp,
  deduplicated: z.boolean(),
  noop: z.optional(z.boolean()),
})

const number = z.optional(z.coerce.number().check(z.int(), z.gte(0)))
export const historyQuery = z.object({
  /** Exclusive: the page ends just below this number. */
  before: number,
  /** Exclusive: the page begins just above this number. */
  after: number,
  /** The page lies around this number. */
  around: number,
  /** Unix milliseconds: the page begins with the first event accepted at or after it. */
  from_time: number,
  only: z.optional(z.literal('messages')),
  limit: z._default(
    z.coerce.number().check(z.int(), z.gte(1), z.lte(LIMITS.backfillMaxEvents)),
    50,
  ),
})

/** I6: a page states what it covers; see `message.backfill`. */
export const history = z.object({
  channel_id: id,
  epoch: z.optional(positiveSeq),
  from_seq: seq,
  to_seq: seq,
  as_of_seq: seq,
  head_seq: seq,
  oldest_seq: seq,
  messages: z.array(channelEvent),
  /** Events lie below, above this page. */
  has_older: z.boolean(),
  has_newer: z.boolean(),
})
