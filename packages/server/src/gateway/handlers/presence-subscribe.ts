import { LIMITS, type UserPresence } from '@tidings/protocol'
import { answerError, echoOf } from '../inbound.js'
import { inParts } from '../listing.js'
import { isFollowing, readableChannel, refusalOf } from '../readable.js'
import { presenceIn } from '../snapshot.js'
import type { Handler } from './index.js'
import { notServed } from './not-served.js'

/** Who is there, and from then on every change (P-99). Counts among the backfills that may be in flight. */
export const presenceSubscribe: Handler<'presence.subscribe'> = async (core, connection, frame) => {
  if (core.parts.presence === undefined) return notServed(core, connection, frame)
  const max = core.options.limits.backfills_in_flight_max
  if (connection.backfillsInFlight >= max) {
    const message = `At most ${max} requests of this kind at once.`
    return answerError(core, connection, 'rate_limited', {
      ...echoOf(frame),
      message,
      retryAfterMs: RETRY_AFTER_MS,
    })
  }
  connection.backfillsInFlight++
  try {
    const channel = await readableChannel(core, connection, frame.channel_id)
    if (connection.state !== 'live') return
    if (channel === undefined) {
      const code = await refusalOf(core, connection, frame.channel_id)
      return answerError(core, connection, code, echoOf(frame))
    }
    const watched = connection.watched?.size ?? 0
    if (watched >= LIMITS.presenceChannelsMax && !connection.watched?.has(channel)) {
      const message = `A connection is told the presence of at most ${LIMITS.presenceChannelsMax} channels.`
      return answerError(core, connection, 'rate_limited', {
        ...echoOf(frame),
        message,
        retryAfterMs: RETRY_AFTER_MS,
      })
    }
    const users = await presenceIn(core, channel, frame.user_ids)
    // I8: whoever is no member any more was told so, and that ended this request
    if (!isFollowing(connection, channel)) return
    if (!core.lease.isValid()) {
      return answerError(core, connection, 'unavailable', {
        ...echoOf(frame),
        retryAfterMs: RETRY_AFTER_MS,
        outcome: 'not_sent',
      })
    }
    channel.watch(connection)
    for (const text of snapshotTexts(frame.ref, frame.channel_id, users)) connection.tell(text)
  } finally {
    connection.backfillsInFlight--
  }
}

const RETRY_AFTER_MS = 500

/** One frame where it fits, else several. */
function snapshotTexts(
  ref: string,
  channelId: string,
  users: readonly UserPresence[],
): readonly string[] {
  const parts = inParts(
    users.map((user) => JSON.stringify(user)),
    LIMITS.helloAckMaxBytes,
  )
  const head = `{"type":"presence.snapshot","ref":${JSON.stringify(ref)},"channel_id":${JSON.stringify(channelId)}`
  return parts.map((part, i) => `${head},"users":[${part}],"has_more":${i < parts.length - 1}}`)
}
