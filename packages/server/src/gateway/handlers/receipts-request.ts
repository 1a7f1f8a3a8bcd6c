import { epochField } from '@tidings/protocol'
import { receiptsOf } from '../../receipts/listing.js'
import { validMark } from '../../receipts/valid-mark.js'
import { write } from '../envelopes.js'
import { answerError, echoOf } from '../inbound.js'
import { isFollowing, readableChannel, refusalOf } from '../readable.js'
import type { Handler } from './index.js'
import { notServed } from './not-served.js'

/** How far the others are (P-95). */
export const receiptsRequest: Handler<'receipts.request'> = async (core, connection, frame) => {
  const { receipts, directory } = core.parts
  if (receipts === undefined) return notServed(core, connection, frame)
  const max = core.options.limits.backfills_in_flight_max
  if (connection.backfillsInFlight >= max) {
    return answerError(core, connection, 'rate_limited', {
      ...echoOf(frame),
      message: `At most ${max} requests of this kind at once.`,
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
    const { channelId } = channel
    const { epoch = 1, seq, cursor } = frame
    const asked =
      seq === undefined ? undefined : validMark(channel, { epoch, seq, messageCount: 0 })
    const page = await receiptsOf(
      { receipts, directory, valid: (mark) => validMark(channel, mark) },
      { channelId, memberCount: channel.memberCount, mark: asked, after: cursor },
    )
    if (!isFollowing(connection, channel)) return
    if (!core.lease.isValid()) {
      return answerError(core, connection, 'unavailable', {
        ...echoOf(frame),
        retryAfterMs: RETRY_AFTER_MS,
        outcome: 'not_sent',
      })
    }
    connection.tell(
      write({
        type: 'receipts.page',
        ref: frame.ref,
        channel_id: channelId,
        ...epochField(channel.epoch),
        ...page,
      }),
    )
  } finally {
    connection.backfillsInFlight--
  }
}

const RETRY_AFTER_MS = 500
