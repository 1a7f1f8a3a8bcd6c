import { LIMITS, type SessionLimits } from '@tidings/protocol'

/** Every bound of a gateway (I7), each with what happens at it. */
export interface GatewayOptions {
  /** Sockets at once; more are refused with `too_many_connections`. @default 100,000 */
  readonly maxConnections?: number
  /** Sockets at once from one address, of IPv6 from one /64; more are refused. @default 1,000 */
  readonly maxConnectionsPerIp?: number
  /** New sockets a second, sustained, with a burst of twice that; more are refused. @default 2,000 */
  readonly connectionRatePerS?: number
  /** Sockets that have not said who they are; more are refused. @default 2,000 */
  readonly maxUnauthenticated?: number
  /** Those of one address, so that a few addresses cannot keep all others out; more are refused. @default 500 */
  readonly maxUnauthenticatedPerIp?: number
  /** Refused sockets that are still being told why; above it an upgrade is refused by HTTP. @default 1,000 */
  readonly maxRefusing?: number
  /** Above this part of the memory limit new sockets are refused with `unavailable`. @default 0.8 */
  readonly memoryRefuseRatio?: number
  /** A socket without a `hello` by then is closed with 4001, one whose token is not checked by then with 4503. @default 10,000 */
  readonly helloTimeoutMs?: number
  /** Envelopes that a client may send after `hello`, before it is answered; more close with 4008. @default 100 */
  readonly earlyEnvelopesMax?: number
  /** Envelopes a second from one socket, sustained, with a burst of twice that; more are `rate_limited`, a flood closes with 4008. 0: off. @default 100 */
  readonly frameRatePerS?: number
  /** Channels of one socket; more are refused where they are asked for. @default 5,000 */
  readonly maxChannelsPerConnection?: number
  /** Channels that this gateway follows; more are `unavailable`. @default 500,000 */
  readonly maxChannels?: number
  /** Commands of one socket without an answer; the oldest are no longer waited for. @default 1,000 */
  readonly maxUnanswered?: number
  /** Bytes waiting for a slow reader; above, its events are replaced by `channel.head`. @default 1 MiB */
  readonly socketBufferMaxBytes?: number
  /** Bytes waiting for a slow reader that does not even take acks and pages; above, closed with 4008. @default 4 MiB */
  readonly socketCloseBytes?: number
  /** A reader that stays slow this long is closed with 4008. @default 60,000 */
  readonly slowReaderTimeoutMs?: number
  /** How often slow readers are looked at. @default 250 */
  readonly slowReaderCheckMs?: number
  /** Newest events of a channel kept in memory. @default 200 */
  readonly tailMaxEvents?: number
  /** Characters of a channel's tail; the oldest go first. @default 262,144 */
  readonly tailMaxChars?: number
  /** Members of a channel above which they pull: `channel.head` instead of bodies. 0: never. @default 50,000 */
  readonly pullAboveMembers?: number
  /** Events a second of a channel, over 5 s, above which its members pull. 0: never. @default 1,000 */
  readonly pullAboveEventsPerS?: number
  /** Where members pull, they are told the head at most this often. @default 1,000 */
  readonly headEveryMs?: number
  /** Newest events kept of a channel whose members pull. @default 10,000 */
  readonly pulledTailMaxEvents?: number
  /** Characters of such a tail. @default 8 Mi */
  readonly pulledTailMaxChars?: number
  /** Characters of all tails; the longest unused go first. @default 64 Mi */
  readonly tailsMaxChars?: number
  /** Events that a tail is filled with at once from the store. @default 100 */
  readonly tailFillEvents?: number
  /** Characters of all pages kept from the store, as events and as texts, and 512 for each; the oldest go first. @default 32 Mi */
  readonly pagesMaxChars?: number
  /** A page from the store is kept this long. @default 10,000 */
  readonly pagesKeptMs?: number
  /** Events of a channel held above a hole; the newest are dropped and read later (R12). @default 256 */
  readonly holdMaxEvents?: number
  /** A longer hole is not filled for everyone: `channel.head` instead. @default 1,000 */
  readonly repairMaxEvents?: number
  /** How often the heads of all channels are compared and routes asserted again (R12). @default 10,000 */
  readonly headsIntervalMs?: number
  /** A channel without subscribers is kept this long, for a storm of reconnects. @default 60,000 */
  readonly channelLingerMs?: number
  /** R13: how long a removal waits for the events below it before they are given up. @default 2,000 */
  readonly confirmTimeoutMs?: number
  /** A protocol ping is sent after this much silence. @default 20,000 */
  readonly probeAfterSilenceMs?: number
  /** Closed with 1001 after this much silence. @default 30,000 */
  readonly silenceTimeoutMs?: number
  /** Idle after this long without a frame made by the client. @default 90,000 */
  readonly idleAfterMs?: number
  /** `typing` of one user, over all channels and connections here, a second, with a burst of five times that; more is dropped. @default 2 */
  readonly typingRatePerS?: number
  /** Receipts of this long are stored together. @default 250 */
  readonly receiptsIntervalMs?: number
  /** Watermarks that wait to be stored; more are dropped, and come again with the user's next. @default 10,000 */
  readonly receiptsMaxWaiting?: number
  /** `receipt.update` of one channel a second; what is more waits, the newest of each user. @default 100 */
  readonly receiptUpdatesPerS?: number
  /** Presence that changed within this long is noted together. @default 5,000 */
  readonly presenceIntervalMs?: number
  /** Presence that does not change is renewed after this; it must be well below how long a note lives. @default 15,000 */
  readonly presenceRenewMs?: number
  /** A user without a connection is offline after this: who is back by then was not away. @default 5,000 */
  readonly presenceGraceMs?: number
  /** False: nobody is told when a user was seen last. @default true */
  readonly showLastSeen?: boolean
  /** What `hello_ack` states, where it differs from the protocol's limits and acceptance's defaults. */
  readonly limits?: Partial<SessionLimits>
}

export type ResolvedGatewayOptions = Required<Omit<GatewayOptions, 'limits'>> & {
  readonly limits: SessionLimits
}

/** Envelopes that may come at once, as `hello_ack` states them (P-102); when as many again were refused it is a flood. */
export const envelopeBurst = (frameRatePerS: number): number => frameRatePerS * 2

export function resolveGatewayOptions(options: GatewayOptions): ResolvedGatewayOptions {
  const { frameRatePerS = 100 } = options
  return {
    maxConnections: 100_000,
    maxConnectionsPerIp: 1_000,
    connectionRatePerS: 2_000,
    maxUnauthenticated: 2_000,
    maxUnauthenticatedPerIp: 500,
    maxRefusing: 1_000,
    memoryRefuseRatio: 0.8,
    helloTimeoutMs: LIMITS.helloTimeoutMs,
    earlyEnvelopesMax: 100,
    frameRatePerS,
    maxChannelsPerConnection: 5_000,
    maxChannels: 500_000,
    maxUnanswered: 1_000,
    socketBufferMaxBytes: 1024 * 1024,
    socketCloseBytes: 4 * (options.socketBufferMaxBytes ?? 1024 * 1024),
    slowReaderTimeoutMs: 60_000,
    slowReaderCheckMs: 250,
    tailMaxEvents: 200,
    tailMaxChars: 256 * 1024,
    pullAboveMembers: 50_000,
    pullAboveEventsPerS: 1_000,
    headEveryMs: 1_000,
    pulledTailMaxEvents: 10_000,
    pulledTailMaxChars: 8 * 1024 * 1024,
    tailsMaxChars: 64 * 1024 * 1024,
    tailFillEvents: LIMITS.backfillMaxEvents,
    pagesMaxChars: 32 * 1024 * 1024,
    pagesKeptMs: 10_000,
    holdMaxEvents: 256,
    repairMaxEvents: 1_000,
    headsIntervalMs: 10_000,
    channelLingerMs: 60_000,
    confirmTimeoutMs: 2_000,
    probeAfterSilenceMs: LIMITS.probeAfterSilenceMs,
    silenceTimeoutMs: options.limits?.silence_timeout_ms ?? LIMITS.silenceTimeoutMs,
    idleAfterMs: LIMITS.idleAfterMs,
    typingRatePerS: 2,
    receiptsIntervalMs: 250,
    receiptsMaxWaiting: 10_000,
    receiptUpdatesPerS: 100,
    presenceIntervalMs: 5_000,
    presenceRenewMs: LIMITS.presenceTtlMs / 3,
    presenceGraceMs: 5_000,
    showLastSeen: true,
    ...options,
    limits: {
      text_max_units: LIMITS.textMaxUnits,
      text_max_bytes: LIMITS.textMaxBytes,
      command_max_bytes: LIMITS.commandMaxBytes,
      client_frame_max_bytes: LIMITS.clientFrameMaxBytes,
      envelopes_per_frame_max: LIMITS.envelopesPerFrameMax,
      backfill_max_events: LIMITS.backfillMaxEvents,
      backfills_in_flight_max: LIMITS.backfillsInFlightMax,
      send_rate_per_s: 1,
      send_burst: 20,
      envelope_rate_per_s: frameRatePerS,
      envelope_burst: Math.max(1, Math.floor(envelopeBurst(frameRatePerS))),
      ping_interval_ms: LIMITS.pingIntervalMs,
      ping_jitter_ms: LIMITS.pingJitterMs,
      silence_timeout_ms: options.silenceTimeoutMs ?? LIMITS.silenceTimeoutMs,
      ...options.limits,
    },
  }
}
