import * as z from 'zod/mini'
import { LIMITS } from '../limits.js'
import { channelEntry } from './channels.js'
import {
  boundedString,
  cursor,
  durationMs,
  id,
  positiveSeq,
  ref,
  seq,
  timestamp,
  wellFormed,
} from './common.js'

const token = boundedString(1, LIMITS.tokenMaxUnits)
const positive = z.int().check(z.gte(1))

/** `seq`, or `[seq, epoch]` when the epoch is not 1. */
export const lastSeq = z.union([seq, z.tuple([seq, positiveSeq])])

export const hello = z.object({
  type: z.literal('hello'),
  ref,
  last_seq_map: z
    .record(id, lastSeq)
    .check(
      z.refine(
        (map) => Object.keys(map).length <= LIMITS.helloChannelsMax,
        `must name at most ${LIMITS.helloChannelsMax} channels`,
      ),
    ),
  device_id: id,
  capabilities: z.optional(
    z.array(boundedString(1, LIMITS.idMaxUnits)).check(z.maxLength(LIMITS.capabilitiesMax)),
  ),
  token: z.optional(token),
})

/** What is in force for this connection. Sizes in bytes, times in milliseconds. */
export const sessionLimits = z.object({
  text_max_units: positive,
  text_max_bytes: positive,
  command_max_bytes: positive,
  client_frame_max_bytes: positive,
  envelopes_per_frame_max: positive,
  backfill_max_events: positive,
  backfills_in_flight_max: positive,
  /** Sustained sends a second for one user in one channel; 0 means not limited. */
  send_rate_per_s: z.number().check(z.gte(0)),
  /** How many sends may go at once before the rate holds. */
  send_burst: positive,
  /** Sustained envelopes a second from this connection; 0 means not limited. Left out by older servers. */
  envelope_rate_per_s: z.optional(z.number().check(z.gte(0))),
  /** How many envelopes may come at once before that rate holds. */
  envelope_burst: z.optional(positive),
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
  gone: z.array(
    z.object({
      channel_id: id,
      reason: z.enum(['not_found', 'left', 'kicked', 'banned', 'deleted']),
    }),
  ),
  channels_cursor: z.optional(cursor),
})

export const authRefresh = z.object({
  type: z.literal('auth.refresh'),
  ref,
  token,
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
  code: boundedString(1, LIMITS.idMaxUnits),
  message: z.string().check(wellFormed),
  /** As the envelope had it, also one that a client may not make: otherwise nothing would answer it. */
  client_msg_id: z.optional(id),
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
