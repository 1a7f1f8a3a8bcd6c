import * as z from 'zod/mini'
import { clientMsgId, durationMs, epoch, id, ref, seq, timestamp } from './common.js'
import { channelEntry } from './channels.js'
import { LIMITS } from '../limits.js'

/** `seq`, or `[seq, epoch]` when the epoch is not 1. */
export const lastSeq = z.union([seq, z.tuple([seq, z.int().check(z.gte(1))])])

export const hello = z.object({
  type: z.literal('hello'),
  ref,
  last_seq_map: z.record(id, lastSeq).check(
    z.refine(
      (map) => Object.keys(map).length <= LIMITS.helloChannelsMax,
      `must name at most ${LIMITS.helloChannelsMax} channels`,
    ),
  ),
  device_id: id,
  capabilities: z.optional(z.array(z.string().check(z.maxLength(64))).check(z.maxLength(32))),
  token: z.optional(z.string().check(z.maxLength(16 * 1024))),
})

/** What is in force for this connection. Sizes in bytes, times in milliseconds. */
export const sessionLimits = z.object({
  text_max_units: z.int(),
  text_max_bytes: z.int(),
  command_max_bytes: z.int(),
  client_frame_max_bytes: z.int(),
  envelopes_per_frame_max: z.int(),
  backfill_max_events: z.int(),
  backfills_in_flight_max: z.int(),
  /** Sustained sends a second for one user in one channel; 0 means not limited. */
  send_rate_per_s: z.number(),
  /** How many sends may go at once before the rate holds. */
  send_burst: z.int(),
  ping_interval_ms: durationMs,
  ping_jitter_ms: durationMs,
  silence_timeout_ms: durationMs,
})

export const helloAck = z.object({
  type: z.literal('hello_ack'),
  ref,
  user_id: id,
  session_id: id,
  server_ts: timestamp,
  /** Left out when the token does not expire. */
  token_expires_in_ms: z.optional(durationMs),
  limits: sessionLimits,
  /** `full`: every named channel goes on where it was; `partial`: some were reset or are gone; `none`: none was named. */
  resume: z.enum(['none', 'partial', 'full']),
  channels: z.array(channelEntry),
  gone: z.array(z.object({ channel_id: id, reason: z.enum(['not_found', 'left', 'kicked', 'banned', 'deleted']) })),
  channels_cursor: z.optional(z.string()),
})

export const authRefresh = z.object({
  type: z.literal('auth.refresh'),
  ref,
  token: z.string().check(z.minLength(1), z.maxLength(16 * 1024)),
})
export const authRefreshed = z.object({
  type: z.literal('auth.refreshed'),
  ref,
  token_expires_in_ms: z.optional(durationMs),
})

export const ping = z.object({ type: z.literal('ping'), ref, ts: timestamp })
export const pong = z.object({ type: z.literal('pong'), ref, ts: timestamp })

export const errorFrame = z.object({
  type: z.literal('error'),
  ref,
  /** One of the table's codes; a newer server may know more. */
  code: z.string(),
  message: z.string(),
  client_msg_id: z.optional(clientMsgId),
  channel_id: z.optional(id),
  retry_after_ms: z.optional(durationMs),
  retryable: z.boolean(),
  /** Present where it differs from the code's own. */
  outcome: z.optional(z.enum(['not_sent', 'rejected', 'unknown'])),
})

export const goaway = z.object({
  type: z.literal('goaway'),
  reason: z.enum(['deploy', 'shutdown', 'rebalance', 'overload']),
  reconnect_after_ms: durationMs,
  jitter_ms: durationMs,
})
