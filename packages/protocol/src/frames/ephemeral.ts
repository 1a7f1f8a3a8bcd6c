import * as z from 'zod/mini'
import { LIMITS } from '../limits.js'
import { cursor, epoch, id, positiveSeq, ref, requiredRef, seq, timestamp } from './common.js'

export const receiptRead = z.object({
  type: z.literal('receipt.read'),
  ref,
  channel_id: id,
  epoch,
  seq,
})
export const receiptDelivered = z.object({
  type: z.literal('receipt.delivered'),
  ref,
  channel_id: id,
  epoch,
  seq,
})
export const receiptUpdate = z.object({
  type: z.literal('receipt.update'),
  /** Which watermark moved. */
  kind: z.enum(['read', 'delivered']),
  channel_id: id,
  user_id: id,
  epoch,
  seq,
  message_count: seq,
})

/** Who has read, and got, how much; with `seq` also how many have it. */
export const receiptsRequest = z.object({
  type: z.literal('receipts.request'),
  ref: requiredRef,
  channel_id: id,
  epoch,
  seq: z.optional(positiveSeq),
  cursor: z.optional(cursor),
})
/** How far one member is; the numbers are of the valid view, so they need no epoch of their own. */
export const memberReceipts = z.object({
  user_id: id,
  read_seq: z.optional(seq),
  delivered_seq: z.optional(seq),
})
export const receiptsPage = z.object({
  type: z.literal('receipts.page'),
  ref: requiredRef,
  channel_id: id,
  epoch,
  receipts: z.array(memberReceipts).check(z.maxLength(LIMITS.receiptsPageMax)),
  read_count: z.optional(z.int().check(z.gte(0))),
  delivered_count: z.optional(z.int().check(z.gte(0))),
  cursor: z.optional(cursor),
})

const typingState = z.enum(['start', 'stop'])
export const typing = z.object({
  type: z.literal('typing'),
  ref,
  channel_id: id,
  state: typingState,
})
export const typingUpdate = z.object({
  type: z.literal('typing.update'),
  channel_id: id,
  user_id: id,
  state: typingState,
})

export const presenceSet = z.object({
  type: z.literal('presence.set'),
  ref,
  status: z.enum(['online', 'away']),
})
/** Asks who is there, and to be told of changes from here on. */
export const presenceSubscribe = z.object({
  type: z.literal('presence.subscribe'),
  ref: requiredRef,
  channel_id: id,
  user_ids: z.optional(z.array(id).check(z.maxLength(LIMITS.presenceUsersMax))),
})
export const presenceUnsubscribe = z.object({
  type: z.literal('presence.unsubscribe'),
  ref,
  channel_id: id,
})

export const presenceStatus = z.enum(['online', 'away', 'offline'])
export const userPresence = z.object({
  user_id: id,
  status: presenceStatus,
  last_seen: z.optional(timestamp),
})
export const presenceSnapshot = z.object({
  type: z.literal('presence.snapshot'),
  ref: requiredRef,
  channel_id: id,
  users: z.array(userPresence).check(z.maxLength(LIMITS.presenceUsersMax)),
  /** More of the same answer follows. */
  has_more: z.boolean(),
})
export const presenceUpdate = z.object({
  type: z.literal('presence.update'),
  user_id: id,
  channel_id: id,
  status: presenceStatus,
  last_seen: z.optional(timestamp),
})
