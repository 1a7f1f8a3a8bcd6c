import * as z from 'zod/mini'
import { epoch, id, positiveSeq, seq, timestamp } from '../frames/common.js'
import { memberReceipts, presenceStatus } from '../frames/ephemeral.js'
import { cursor } from './common.js'

export const userPresence = z.object({
  user_id: id,
  status: presenceStatus,
  last_seen: z.optional(timestamp),
})
/** Stands for 45 s: whoever goes on being there says so again before. */
export const putPresence = z.object({
  status: presenceStatus,
  /** Several devices are one user: each says what it is itself. */
  device_id: z.optional(id),
})

export const putReceipt = z.object({
  kind: z.enum(['read', 'delivered']),
  /** Up to and including this number. */
  seq,
  epoch,
})
export const receiptsQuery = z.object({
  /** Count who has this number. */
  seq: z.optional(z.coerce.number().check(z.int(), z.gte(1))),
  epoch: z.optional(z.coerce.number().check(z.int(), z.gte(1))),
  cursor,
})
/** What `receipts.page` says, over HTTP. */
export const receipts = z.object({
  channel_id: id,
  epoch: z.optional(positiveSeq),
  receipts: z.array(memberReceipts),
  read_count: z.optional(z.int()),
  delivered_count: z.optional(z.int()),
  next_cursor: z.optional(z.string()),
})
