import type { ChannelEntry, ServerFrames, SessionLimits } from '@tidings/protocol'
import { LIMITS } from '@tidings/protocol'

/** Limits as a server of this version states them. */
export const testLimits = (changes: Partial<SessionLimits> = {}): SessionLimits => ({
  text_max_units: LIMITS.textMaxUnits,
  text_max_bytes: LIMITS.textMaxBytes,
  command_max_bytes: LIMITS.commandMaxBytes,
  client_frame_max_bytes: LIMITS.clientFrameMaxBytes,
  envelopes_per_frame_max: LIMITS.envelopesPerFrameMax,
  backfill_max_events: LIMITS.backfillMaxEvents,
  backfills_in_flight_max: LIMITS.backfillsInFlightMax,
  send_rate_per_s: 0,
  send_burst: 1,
  envelope_rate_per_s: 100,
  envelope_burst: 200,
  ping_interval_ms: LIMITS.pingIntervalMs,
  ping_jitter_ms: LIMITS.pingJitterMs,
  silence_timeout_ms: LIMITS.silenceTimeoutMs,
  ...changes,
})

/** A `hello_ack` for `alice` with nothing in it. */
export const testAck = (
  changes: Partial<ServerFrames['hello_ack']> = {},
): ServerFrames['hello_ack'] => ({
  type: 'hello_ack',
  user_id: 'alice',
  session_id: 's1',
  server_ts: 1_700_000_000_000,
  limits: testLimits(),
  resume: 'none',
  channels: [],
  gone: [],
  ...changes,
})

/** An entry of a public channel without events. */
export const testEntry = (changes: Partial<ChannelEntry> = {}): ChannelEntry => ({
  channel_id: 'general',
  workspace_id: 'w1',
  kind: 'public',
  name: 'general',
  role: 'member',
  head_seq: 0,
  oldest_seq: 1,
  message_count: 0,
  ...changes,
})
