/**
 * The limits of the protocol that a client obeys, one constant each: of the whole table, which a
 * bundle would hold otherwise, it needs a third. A test compares the two.
 */
export const TEXT_MAX_UNITS = 10_000
export const TEXT_MAX_BYTES = 40 * 1024
export const METADATA_MAX_BYTES = 4 * 1024
export const COMMAND_MAX_BYTES = 60 * 1024
export const CLIENT_FRAME_MAX_BYTES = 64 * 1024
export const ENVELOPES_PER_FRAME_MAX = 100
export const HELLO_CHANNELS_MAX = 500
export const HELLO_MAX_BYTES = 48 * 1024
export const CHANNEL_IDS_MAX = 100
export const BACKFILL_MAX_EVENTS = 100
export const BACKFILLS_IN_FLIGHT_MAX = 2
export const PING_INTERVAL_MS = 15_000
export const FIRST_TRY_MAX_AGE_MS = 6 * 24 * 60 * 60 * 1000

/** Longer than this, hosts call a timer back at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1
