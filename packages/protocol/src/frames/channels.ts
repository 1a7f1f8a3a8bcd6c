import * as z from 'zod/mini'
import { channelKind, durationMs, epoch, id, positiveSeq, ref, role, seq } from './common.js'
import { LIMITS } from '../limits.js'

/** A channel as one user sees it. `oldest_seq` is the user's own: the higher of retention and where their history begins. */
export const channelEntry = z.object({
  channel_id: id,
  workspace_id: id,
  kind: channelKind,
  name: z.optional(z.string()),
  /** The two users of a direct channel. */
  user_ids: z.optional(z.array(id)),
  role,
  head_seq: seq,
  oldest_seq: seq,
  epoch,
  /** Present when the client named an older epoch: what it holds above this number is void. */
  from_seq: z.optional(seq),
  message_count: seq,
  read_seq: z.optional(seq),
  read_message_count: z.optional(seq),
})

export const channelsList = z.object({
  type: z.literal('channels.list'),
  ref,
  cursor: z.optional(z.string().check(z.maxLength(512))),
  limit: z.optional(z.int().check(z.gte(1), z.lte(200))),
  channel_ids: z.optional(z.array(id).check(z.maxLength(100))),
})
export const channelsPage = z.object({
  type: z.literal('channels.page'),
  ref,
  channels: z.array(channelEntry),
  cursor: z.optional(z.string()),
})

export const channelAdded = z.object({ type: z.literal('channel.added'), channel: channelEntry })
export const channelChanged = z.object({ type: z.literal('channel.changed'), channel: channelEntry })
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
  oldest_seq: seq,
  epoch,
  message_count: seq,
  spread_ms: z.optional(durationMs),
})

/** Numbering started anew: forget what you hold above `from_seq`. */
export const channelReset = z.object({
  type: z.literal('channel.reset'),
  channel_id: id,
  epoch: positiveSeq,
  from_seq: seq,
})

export const CHANNELS_PAGE_MAX = LIMITS.helloAckChannels
