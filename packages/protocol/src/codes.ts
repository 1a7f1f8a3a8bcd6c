/**
 * The one table of error codes: what HTTP answers, how a socket is closed, whether trying again can
 * help, what became of the command, and what to do about it.
 */

/** What became of a command that ended with an error. */
export type Outcome = 'not_sent' | 'rejected' | 'unknown'

export interface CodeRow {
  /** HTTP status of a REST answer or a refused upgrade; null for codes only the SDK makes. */
  readonly http: number | null
  /** WebSocket close code when the error ends the connection; null when it never does. */
  readonly close: number | null
  /** True if the same request may succeed later without being changed. */
  readonly retryable: boolean
  /** What became of the command, unless the error itself says otherwise. */
  readonly outcome: Outcome
  /** One sentence: what happened. */
  readonly message: string
  /** One sentence: what to do. */
  readonly remediation: string
}

/* @__NO_SIDE_EFFECTS__ */
const row = (
  http: number | null,
  close: number | null,
  retryable: boolean,
  outcome: Outcome,
  message: string,
  remediation: string,
): CodeRow => Object.freeze({ http, close, retryable, outcome, message, remediation })

// One row a line, as a table reads: http, close, retryable, outcome, message, remediation.
// biome-ignore format: a table
export const CODES = /* @__PURE__ */ Object.freeze({
  unauthorized: row(401, 4001, false, 'rejected', 'The token is missing or not valid.', 'Get a new token and connect again.'),
  token_expired: row(401, 4001, true, 'not_sent', 'The token has expired.', 'Get a new token and connect again.'),
  user_changed: row(403, 4003, false, 'not_sent', 'The token belongs to another user than before.', 'Make a new client for the other user.'),
  forbidden: row(403, 4003, false, 'rejected', 'You may not do this.', 'Ask for a role that allows it.'),
  not_in_channel: row(403, null, false, 'rejected', 'You are not a member of this channel.', 'Join the channel first.'),
  channel_not_found: row(404, null, false, 'rejected', 'There is no such channel for you.', 'Check the channel id.'),
  not_found: row(404, null, false, 'rejected', 'There is no such thing for you.', 'Check the id and, for a message, its number.'),
  conflict: row(409, null, false, 'rejected', 'This contradicts what is there already.', 'Read the current state and decide again.'),
  send_too_old: row(410, null, false, 'unknown', 'This command was first tried too long ago to be recognised as a repeat.', 'Look whether it arrived before you send it anew.'),
  send_from_future: row(400, null, false, 'rejected', 'The time of the first try lies in the future.', 'Use server time: hello_ack.server_ts plus the time since.'),
  msg_too_long: row(413, null, false, 'rejected', 'The message is too long.', 'Shorten it to the limits in hello_ack.'),
  payload_too_large: row(413, 1009, false, 'rejected', 'The frame or request body is too large.', 'Send less at once; see the limits.'),
  invalid_frame: row(400, 4400, false, 'rejected', 'The frame or request is malformed.', 'Compare it with PROTOCOL.md.'),
  unknown_type: row(400, null, false, 'rejected', 'This server does not know this frame type.', 'Upgrade the server, or do without.'),
  unsupported_version: row(400, 4400, false, 'rejected', 'This protocol version is not supported.', 'Offer the subprotocol tidings.v1.'),
  rate_limited: row(429, 4008, true, 'not_sent', 'Too many requests.', 'Wait for retry_after_ms and try again.'),
  too_many_connections: row(429, 4429, true, 'not_sent', 'Too many connections.', 'Wait for retry_after_ms and connect again.'),
  refused: row(422, null, false, 'rejected', 'The message was refused by a rule of this platform.', 'Change the message; the reason stands in the error.'),
  unavailable: row(503, 4503, true, 'unknown', 'The service cannot answer now.', 'Try again with the same id after retry_after_ms.'),
  internal: row(500, null, true, 'unknown', 'Something broke on the server.', 'Try again with the same id; report the request_id.'),
  aborted: row(null, null, false, 'not_sent', 'The caller aborted it.', 'Nothing to do; the outcome says what became of it.'),
  closed: row(null, null, false, 'not_sent', 'The client is closed.', 'Make a new client.'),
  outbox_full: row(null, null, true, 'not_sent', 'Too many messages wait to be sent.', 'Wait until the outbox has drained; retry or discard what is parked.'),
  invalid_argument: row(null, null, false, 'not_sent', 'An argument is not valid.', 'Correct the argument that the message names.'),
  timeout: row(null, null, true, 'unknown', 'No answer came in time.', 'Try again.'),
} as const satisfies Record<string, CodeRow>)

/** Every error code there is. */
export type ErrorCode = keyof typeof CODES

/** True if a string from elsewhere is one of the codes of this version. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(CODES, code)
}

/** Why a WebSocket was closed; `CLOSE_RULES` says what to do about each. */
export const CLOSE = /* @__PURE__ */ Object.freeze({
  normal: 1000,
  /** No sign of life for 30 s, or going away. */
  goingAway: 1001,
  tooBig: 1009,
  /** Token invalid or expired. */
  unauthorized: 4001,
  /** Forbidden, banned, or a token of another user. */
  forbidden: 4003,
  /** Flood or slow reader. */
  policy: 4008,
  /** Ended by the server for this device. */
  ended: 4009,
  malformed: 4400,
  tooMany: 4429,
  draining: 4503,
})

export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE]

export interface CloseRule {
  /** What a client does next: connect again after its back-off, the same with a new token, or stop. */
  readonly reconnect: 'yes' | 'with_new_token' | 'no'
  /** One sentence: what happened. */
  readonly meaning: string
}

// biome-ignore format: a table
export const CLOSE_RULES: Readonly<Record<CloseCode, CloseRule>> = /* @__PURE__ */ Object.freeze({
  1000: { reconnect: 'yes', meaning: 'The server ended the connection in good order.' },
  1001: { reconnect: 'yes', meaning: 'No sign of life for silenceTimeoutMs, or the server goes away.' },
  1009: { reconnect: 'yes', meaning: 'A frame was too large.' },
  4001: { reconnect: 'with_new_token', meaning: 'The token is missing, not valid, or has expired.' },
  4003: { reconnect: 'no', meaning: 'Forbidden, banned, or a token of another user.' },
  4008: { reconnect: 'yes', meaning: 'Policy: a flood of frames, or a reader that was too slow.' },
  4009: { reconnect: 'no', meaning: 'Ended by the server for this device, as at logout.' },
  4400: { reconnect: 'yes', meaning: 'A frame could not be read, or the first one was not a hello.' },
  4429: { reconnect: 'yes', meaning: 'Too many connections, or admission is closed for a moment.' },
  4503: { reconnect: 'yes', meaning: 'The server drains, or cannot serve now.' },
})
