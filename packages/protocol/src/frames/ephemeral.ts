import * as z from 'zod/mini'
import { epoch, id, ref, seq, timestamp } from './common.js'

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
export const presenceUpdate = z.object({
  type: z.literal('presence.update'),
  user_id: id,
  channel_id: id,
  status: z.enum(['online', 'away', 'offline']),
  last_seen: z.optional(timestamp),
})
