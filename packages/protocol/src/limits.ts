import { ID_MAX_UNITS } from './ids.js'

/**
 * The numbers both sides obey, with their units in their names. Sizes and counts are the most that
 * version 1 allows: a server may set lower ones, never higher, so that a peer can size its buffers.
 * Times and rates are defaults. What is in force for a connection stands in `hello_ack.limits`.
 * Serves I7 (everything is bounded). Numbers and not products: those would keep the table in a bundle
 * that does not use it.
 */
export const LIMITS = /* @__PURE__ */ Object.freeze({
  /** Longest id, in UTF-16 units. Ids are opaque: a platform brings its own. */
  idMaxUnits: ID_MAX_UNITS,
  /** Longest message text in UTF-16 units, which is what `String.length` counts. */
  textMaxUnits: 10_000,
  /** Longest message text in bytes of UTF-8. */
  textMaxBytes: 40_960,
  /** Largest `metadata`, as bytes of its JSON text. */
  metadataMaxBytes: 4_096,
  /** Deepest `metadata`: objects and arrays inside each other, `metadata` itself being the first. */
  metadataDepthMax: 16,
  /** Most attachments of one message. */
  attachmentsMax: 10,
  /** Longest URL or media id of an attachment, in UTF-16 units. */
  attachmentUrlMaxUnits: 2048,
  /** Longest content type of an attachment, in UTF-16 units. */
  contentTypeMaxUnits: 128,
  /** Longest file name of an attachment, in UTF-16 units. */
  attachmentNameMaxUnits: 256,
  /** Longest emoji of a reaction, in UTF-16 units (joined sequences are long). */
  emojiMaxUnits: 64,
  /** Largest encoded command: checked by `send()` before the outbox, because JSON escapes grow. */
  commandMaxBytes: 61_440,
  /** Largest frame from a client, in bytes. */
  clientFrameMaxBytes: 65_536,
  /** Largest frame from a server, in bytes. */
  serverFrameMaxBytes: 262_144,
  /** Most envelopes in one frame. */
  envelopesPerFrameMax: 100,
  /** Deepest frame: objects and arrays inside each other, an array of envelopes counted. */
  frameDepthMax: 32,
  /** Longest token, in UTF-16 units. */
  tokenMaxUnits: 16_384,
  /** Most capabilities in `hello`. */
  capabilitiesMax: 32,
  /** A connection that has not said `hello` with a valid token by then is closed. */
  helloTimeoutMs: 10_000,
  /** Most channels named in `hello.last_seq_map`. */
  helloChannelsMax: 500,
  /** Largest frame that holds a `hello`, in bytes. */
  helloMaxBytes: 49_152,
  /** Largest `hello_ack`, in bytes; what exceeds it follows as `channels.page`. */
  helloAckMaxBytes: 131_072,
  /** How many of a user's newest channels `hello_ack` names without being asked. */
  helloAckChannels: 200,
  /** Most channels of one `channels.page`, when asked for. */
  channelsPageMax: 200,
  /** Most channels named in one `channels.list`. */
  channelIdsMax: 100,
  /** Longest cursor, in UTF-16 units. */
  cursorMaxUnits: 512,
  /** Longest name of a channel, in UTF-16 units. */
  channelNameMaxUnits: 200,
  /** Most events of one backfill page. */
  backfillMaxEvents: 100,
  /** Largest backfill page, in bytes. */
  backfillMaxBytes: 262_144,
  /** Most backfills one connection may have in flight. */
  backfillsInFlightMax: 2,
  /** A client says `ping` this often … */
  pingIntervalMs: 15_000,
  /** … give or take this much, so that clients do not beat together. */
  pingJitterMs: 3_000,
  /** The gateway sends a WebSocket protocol ping after this much silence. */
  probeAfterSilenceMs: 20_000,
  /** A connection without any sign of life for this long is closed with 1001. */
  silenceTimeoutMs: 30_000,
  /** A connection without a frame made by the client for this long counts as idle. */
  idleAfterMs: 90_000,
  /** A command first tried longer ago than this is refused with outcome `unknown` (R4). */
  firstTryMaxAgeMs: 518_400_000,
  /** A command first tried this far in the future is refused. */
  firstTryMaxAheadMs: 300_000,
  /** Repeats of a `client_msg_id` are recognised within this window (I3, R4). */
  idempotencyWindowMs: 604_800_000,
  /** A served message sums up at most this many emoji, those with the highest counts. */
  reactionEmojiMax: 50,
  /** At most this many users are named for each emoji of a served message. */
  reactionUserIdsMax: 20,
  /** Most users of one `presence.subscribe` and its snapshot. */
  presenceUsersMax: 1_000,
  /** Most channels of which one connection may be told presence at once. */
  presenceChannelsMax: 100,
  /** A user counts as online or away for this long after the last renewal. */
  presenceTtlMs: 45_000,
  /** Above this many members `presence.update` comes at most once a second in a channel. */
  presencePacedMembers: 10_000,
  /** `typing.update` with `start` ends by itself after this long. */
  typingExpiryMs: 6_000,
  /** Above this many members typing is not told. */
  typingMembersMax: 1_000,
  /** Above this many members others are not told of receipts, and only counts can be asked for. */
  receiptsMembersMax: 1_000,
  /** Most members of one `receipts.page`. */
  receiptsPageMax: 200,
})

export type Limits = typeof LIMITS
