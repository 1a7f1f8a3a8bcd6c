import * as z from 'zod/mini'
import { LIMITS } from '../limits.js'
import { epoch, id, positiveSeq, requiredRef, seq } from './common.js'
import { channelEvent, unknownEvent } from './events.js'

export const backfillRequest = z
  .object({
    type: z.literal('backfill.request'),
    ref: requiredRef,
    channel_id: id,
    epoch,
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
  .check(
    z.refine(
      ({ after_seq, before_seq }) =>
        after_seq === undefined || before_seq === undefined || after_seq < before_seq,
      { error: 'must be above after_seq', path: ['before_seq'] },
    ),
  )

/**
 * A newer server's kinds pass, so that they block no older client. Code is written against the kinds
 * that this version knows: give a `switch` over `type` a default branch.
 */
const pageEvent = z.union([channelEvent, unknownEvent]) as unknown as typeof channelEvent

const page = z.object({
  type: z.literal('message.backfill'),
  ref: requiredRef,
  channel_id: id,
  /** The channel's own. Where it is not 1, every event of the page names its epoch. */
  epoch,
  /** First covered number; `to_seq` + 1 when nothing is covered. */
  from_seq: positiveSeq,
  /** Last covered number. */
  to_seq: seq,
  /** The head that was read before the rows. */
  as_of_seq: seq,
  head_seq: seq,
  oldest_seq: positiveSeq,
  /** In ascending order of `channel_seq`, whatever the direction. */
  messages: z.array(pageEvent).check(z.maxLength(LIMITS.backfillMaxEvents)),
  /** True if the asked range goes on beyond this page in the asked direction. */
  has_more: z.boolean(),
})

type Page = z.infer<typeof page>

const ascendsInRange = ({ messages, from_seq, to_seq, channel_id }: Page): boolean =>
  messages.every(
    (event, i) =>
      event.channel_id === channel_id &&
      event.channel_seq >= from_seq &&
      event.channel_seq <= to_seq &&
      event.channel_seq > (messages[i - 1]?.channel_seq ?? 0),
  )

const namesEpochs = ({ messages, epoch = 1 }: Page): boolean =>
  messages.every((event) =>
    epoch === 1 ? (event.epoch ?? 1) === 1 : event.epoch !== undefined && event.epoch <= epoch,
  )

/** I6: a page states what it covers. */
export const messageBackfill = page.check(
  z.refine(({ from_seq, to_seq }) => to_seq >= from_seq - 1, {
    error: 'must be at least from_seq - 1',
    path: ['to_seq'],
  }),
  z.refine(({ as_of_seq, to_seq, from_seq }) => to_seq < from_seq || to_seq <= as_of_seq, {
    error: 'must be at least to_seq',
    path: ['as_of_seq'],
  }),
  z.refine(({ head_seq, as_of_seq }) => head_seq >= as_of_seq, {
    error: 'must be at least as_of_seq',
    path: ['head_seq'],
  }),
  z.refine(({ has_more, to_seq, from_seq }) => !has_more || to_seq >= from_seq, {
    error: 'must be false where nothing is covered',
    path: ['has_more'],
  }),
  z.refine(ascendsInRange, {
    error: 'must be of this channel, ascending, and inside from_seq to to_seq',
    path: ['messages'],
  }),
  z.refine(namesEpochs, {
    error: 'must name their epoch where the page does, and none above it',
    path: ['messages'],
  }),
)
