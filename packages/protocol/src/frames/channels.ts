import * as z from 'zod/mini'
import { LIMITS } from '../limits.js'
import {
  channelKind,
  channelName,
  cursor,
  durationMs,
  epoch,
  id,
  positiveSeq,
  ref,
  role,
  seq,
} from './common.js'

/** A channel as one user sees it. */
export const channelEntry = z.object({
  channel_id: id,
  workspace_id: id,
  kind: channelKind,
  name: z.optional(channelName),
  /** The two users of a direct channel. */
  user_ids: z.optional(z.array(id).check(z.maxLength(2))),
  role,
  head_seq: seq,
  /** The lowest number this user may read: the higher of retention and where their history begins; `head_seq` + 1 when there is none. */
  oldest_seq: positiveSeq,
  epoch,
  /** Present when what the client named above this number is void: an older epoch, or numbers above the head. */
  from_seq: z.optional(seq),
  message_count: seq,
  read_seq: z.optional(seq),
  read_message_count: z.optional(seq),
})

export const channelsList = z.object({
  type: z.literal('channels.list'),
  ref,
  cursor: z.optional(cursor),
  limit: z.optional(z.int().check(z.gte(1), z.lte(LIMITS.channelsPageMax))),
  channel_ids: z.optional(z.array(id).check(z.maxLength(LIMITS.channelIdsMax))),
})
export const channelsPage = z.object({
  type: z.literal('channels.page'),
  ref,
  channels: z.array(channelEntry),
  cursor: z.optional(cursor),
})

export const channelAdded = z.object({ type: z.literal('channel.added'), channel: channelEntry })
export const channelChanged = z.object({
  type: z.literal('channel.changed'),
  channel: channelEntry,
})
export const channelRemoved = z.object({
  type: z.literal('channel.removed'),
  channel_id: id,
  epoch,
  /** The last number this user may see. */
  last_seq: seq,
  reason: z.enum(['left', 'kicked', 'banned', 'deleted']),
})

/** You are behind, or live bodies are not pushed here: open channels pull after a random part of `spread_ms`. */
export const channelHead = z.object({
  type: z.literal('channel.head'),
  channel_id: id,
  head_seq: seq,
  oldest_seq: positiveSeq,
  epoch,
  message_count: seq,
  spread_ms: z.optional(durationMs),
})

/** Numbering started anew, or the client was ahead of the head: forget what you hold above `from_seq`. */
export const channelReset = z.object({
  type: z.literal('channel.reset'),
  channel_id: id,
  epoch,
  from_seq: seq,
})
