import type { Outcome } from '@tidings/protocol'

/**
 * The columns of the protocol's code table that a client needs, one row a line: the outcome's first
 * letter (a capital one where trying again can help), the code, what to do. Kept as text because
 * the whole table costs twice as much in a bundle; a test compares the two.
 */
const ROWS = `r unauthorized Get a new token and connect again.
N token_expired Get a new token and connect again.
n user_changed Make a new client for the other user.
r forbidden Ask for a role that allows it.
r not_in_channel Join the channel first.
r channel_not_found Check the channel id.
r not_found Check the id and, for a message, its number.
r conflict Read the current state and decide again.
u send_too_old Look whether it arrived before you send it anew.
r send_from_future Use server time: hello_ack.server_ts plus the time since.
r msg_too_long Shorten it to the limits in hello_ack.
r payload_too_large Send less at once; see the limits.
r invalid_frame Compare it with PROTOCOL.md.
r unknown_type Upgrade the server, or do without.
r unsupported_version Offer the subprotocol tidings.v1.
N rate_limited Wait for retry_after_ms and try again.
N too_many_connections Wait for retry_after_ms and connect again.
r refused Change the message; the reason stands in the error.
U unavailable Try again with the same id after retry_after_ms.
U internal Try again with the same id; report the request_id.
n aborted Nothing to do; the outcome says what became of it.
n closed Make a new client.
N outbox_full Wait until the outbox has drained; retry or discard what is parked.
n invalid_argument Correct the argument that the message names.
U timeout Try again.`

export interface ErrorRow {
  readonly outcome: Outcome
  readonly retryable: boolean
  readonly remediation: string
}

const OUTCOMES = { n: 'not_sent', r: 'rejected', u: 'unknown' } as const

/** The row of a code; of one that only a newer server knows, what is safe to assume. */
export function errorRow(code: string): ErrorRow {
  const line = ROWS.split('\n').find((row) => row.startsWith(`${code} `, 2))
  if (line === undefined) {
    return {
      outcome: 'unknown',
      retryable: false,
      remediation: 'Look the code up for this server.',
    }
  }
  const letter = line.charAt(0)
  const lower = letter.toLowerCase() as keyof typeof OUTCOMES
  return {
    outcome: OUTCOMES[lower],
    retryable: letter !== lower,
    remediation: line.slice(code.length + 3),
  }
}
