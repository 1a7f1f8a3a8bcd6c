import * as z from 'zod/mini'
import { id, positiveSeq, seq } from './common.js'
import { channelEvent } from './events.js'
import { LIMITS } from '../limits.js'

export const backfillRequest = z.object({
  type: z.literal('backfill.request'),
  ref: z.string().check(z.minLength(1), z.maxLength(LIMITS.idMaxUnits)),
  channel_id: id,
  epoch: z.optional(positiveSeq),
  /** Exclusive. */
  after_seq: z.optional(seq),
  /** Exclusive. */
  before_seq: z.optional(positiveSeq),
  /** Which end of the range to begin at. */
  direction: z.enum(['forward', 'backward']),
  only: z.optional(z.literal('messages')),
  min_as_of_seq: z.optional(seq),
  limit: z.int().check(z.gte(1), z.lte(LIMITS.backfillMaxEvents)),
})

/** I6: a page states what it covers. `epoch` is the channel's; an event of another names its own. */
export const messageBackfill = z.object({
  type: z.literal('message.backfill'),
  ref: z.string(),
  channel_id: id,
  epoch: z.optional(positiveSeq),
  /** First covered number; above `to_seq` when the range is empty. */
  from_seq: seq,
  /** Last covered number. */
  to_seq: seq,
  /** The head that was read before the rows. */
  as_of_seq: seq,
  head_seq: seq,
  oldest_seq: seq,
  /** In ascending order of `channel_seq`, whatever the direction. */
  messages: z.array(channelEvent),
  /** True if the asked range goes on beyond this page in the asked direction. */
  has_more: z.boolean(),
})
