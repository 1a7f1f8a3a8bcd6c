import type { ClientFrames } from '@tidings/protocol'
import { prepareAsked, servePage } from '../backfill.js'
import type { Connection } from '../connection.js'
import type { Core } from '../core.js'
import { oldestFor } from '../entries.js'
import { writeReset } from '../envelopes.js'
import { answerError, echoOf } from '../inbound.js'
import { pageEnvelope } from '../page-text.js'
import { isFollowing, readableChannel, refusalOf } from '../readable.js'
import type { Handler } from './index.js'

type Request = ClientFrames['backfill.request']

const RETRY_AFTER_MS = 500

/** A gap, catching up, or history: one page, stating what it covers (I6). */
export const backfillRequest: Handler<'backfill.request'> = async (core, connection, request) => {
  const max = core.options.limits.backfills_in_flight_max
  // who does not take what it has got gets no more of it (I7)
  const isSlow =
    connection.behind !== undefined && connection.isAbove(core.options.socketBufferMaxBytes)
  if (connection.backfillsInFlight >= max || isSlow) {
    return answerError(core, connection, 'rate_limited', {
      ...echoOf(request),
      message: `At most ${max} backfills at once.`,
      retryAfterMs: RETRY_AFTER_MS,
    })
  }
  connection.backfillsInFlight++
  try {
    await answer(core, connection, request)
  } finally {
    connection.backfillsInFlight--
  }
}

async function answer(core: Core, connection: Connection, request: Request): Promise<void> {
  const channel = await readableChannel(core, connection, request.channel_id)
  if (connection.state !== 'live') return
  if (channel === undefined) {
    const code = await refusalOf(core, connection, request.channel_id)
    return answerError(core, connection, code, echoOf(request))
  }
  const prepared = await prepareAsked(core, channel, request)
  if ('unavailable' in prepared) return unavailable(core, connection, request)
  if (!isFollowing(connection, channel)) return
  if (prepared.resetFrom !== undefined) connection.tell(writeReset(channel, prepared.resetFrom))
  const visibleFromSeq = connection.user?.memberships.get(channel.channelId)?.visibleFromSeq ?? 1
  const page = await servePage(core, channel, prepared.asked, visibleFromSeq)
  // I8: whoever is no member any more was told so, and that ended this request
  if (!isFollowing(connection, channel)) return
  const membership = connection.user?.memberships.get(channel.channelId)
  if (page === undefined || membership === undefined || !core.lease.isValid()) {
    return unavailable(core, connection, request)
  }
  connection.tell(
    pageEnvelope(request.ref, page.text, {
      channelId: channel.channelId,
      epoch: channel.epoch,
      asOfSeq: page.asOfSeq,
      headSeq: channel.lastSeq,
      oldestSeq: oldestFor(channel, membership),
      hasMore: page.hasMore,
    }),
  )
}

function unavailable(core: Core, connection: Connection, request: Request): void {
  if (connection.state !== 'live') return
  answerError(core, connection, 'unavailable', {
    ...echoOf(request),
    retryAfterMs: RETRY_AFTER_MS,
    outcome: 'not_sent',
  })
}
