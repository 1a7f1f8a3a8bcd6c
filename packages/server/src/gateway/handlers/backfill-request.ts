import type { ClientFrames } from '@tidings/protocol'
import { isBeyond, pageAtHand, prepareAsked, type ServedPage, servePage } from '../backfill.js'
import type { Channel } from '../channel.js'
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
    // all of one frame are in flight together, also those that are answered at once
    await (answerAtOnce(core, connection, request) ? undefined : answer(core, connection, request))
  } finally {
    connection.backfillsInFlight--
  }
}

/** False: something must be waited for. */
function answerAtOnce(core: Core, connection: Connection, request: Request): boolean {
  const channel = core.channels.get(request.channel_id)
  if (channel === undefined || !isFollowing(connection, channel)) return false
  if (isBeyond(channel, request)) return false
  const prepared = prepareAsked(channel, request, channel.knownHead)
  if ('unavailable' in prepared) return false
  const page = pageAtHand(core, channel, prepared.asked, visibleFrom(connection, channel))
  if (page === undefined) return false
  tellReset(connection, channel, prepared.resetFrom)
  tellPage(core, connection, request, channel, page)
  return true
}

async function answer(core: Core, connection: Connection, request: Request): Promise<void> {
  const channel = await readableChannel(core, connection, request.channel_id)
  if (connection.state !== 'live') return
  if (channel === undefined) {
    const code = await refusalOf(core, connection, request.channel_id)
    return answerError(core, connection, code, echoOf(request))
  }
  const head = isBeyond(channel, request) ? await core.repair.refresh(channel) : undefined
  const headSeq = Math.max(channel.knownHead, head?.headSeq ?? 0)
  const prepared = prepareAsked(channel, request, headSeq)
  if ('unavailable' in prepared) return unavailable(core, connection, request)
  if (!isFollowing(connection, channel)) return
  tellReset(connection, channel, prepared.resetFrom)
  const from = visibleFrom(connection, channel)
  const page = await servePage(core, channel, prepared.asked, from)
  // I8: whoever is no member any more was told so, and that ended this request
  if (!isFollowing(connection, channel)) return
  // or is one again, whose history begins later: whoever asks again gets what they may see by now
  const isCut = visibleFrom(connection, channel) > from
  if (page === undefined || isCut) return unavailable(core, connection, request)
  tellPage(core, connection, request, channel, page)
}

const visibleFrom = ({ user }: Connection, { channelId }: Channel): number =>
  user?.memberships.get(channelId)?.visibleFromSeq ?? 1

function tellReset(connection: Connection, channel: Channel, fromSeq: number | undefined): void {
  if (fromSeq !== undefined) connection.tell(writeReset(channel, fromSeq))
}

function tellPage(
  core: Core,
  connection: Connection,
  request: Request,
  channel: Channel,
  page: ServedPage,
): void {
  const membership = connection.user?.memberships.get(channel.channelId)
  if (membership === undefined || !core.lease.isValid()) {
    unavailable(core, connection, request)
    return
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
