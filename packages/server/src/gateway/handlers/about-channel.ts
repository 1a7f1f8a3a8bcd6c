import type { ErrorCode } from '@tidings/protocol'
import type { Channel } from '../channel.js'
import type { Connection } from '../connection.js'
import type { Core } from '../core.js'
import type { ErrorDetail } from '../envelopes.js'
import { answerError, echoOf } from '../inbound.js'
import { isFollowing, readableChannel, refusalOf } from '../readable.js'

export const RETRY_AFTER_MS = 500

/** What is to be told, or why not. */
export type AboutChannel =
  | { readonly tell: () => void }
  | { readonly refuse: ErrorCode; readonly detail: ErrorDetail }

/**
 * Answers a question about a channel that the connection may read; `find` looks the answer up. Counts among the
 * backfills that may be in flight. I8: what was found is told only to who is a member still.
 */
export async function answerAboutChannel(
  core: Core,
  connection: Connection,
  frame: { readonly ref: string; readonly channel_id: string },
  find: (channel: Channel) => Promise<AboutChannel>,
): Promise<void> {
  const refuse = (code: ErrorCode, detail: ErrorDetail = {}): void =>
    answerError(core, connection, code, { ...echoOf(frame), ...detail })
  const max = core.options.limits.backfills_in_flight_max
  if (connection.backfillsInFlight >= max) {
    const message = `At most ${max} requests of this kind at once.`
    return refuse('rate_limited', { message, retryAfterMs: RETRY_AFTER_MS })
  }
  connection.backfillsInFlight++
  try {
    const channel = await readableChannel(core, connection, frame.channel_id)
    if (connection.state !== 'live') return
    if (channel === undefined) return refuse(await refusalOf(core, connection, frame.channel_id))
    const found = await find(channel)
    if ('refuse' in found) return refuse(found.refuse, found.detail)
    // whoever is no member any more was told so, and that ended this request
    if (!isFollowing(connection, channel)) return
    if (!core.lease.isValid()) {
      return refuse('unavailable', { retryAfterMs: RETRY_AFTER_MS, outcome: 'not_sent' })
    }
    found.tell()
  } finally {
    connection.backfillsInFlight--
  }
}
