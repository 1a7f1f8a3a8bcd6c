import type { ChannelEvent, RestHistory } from '@tidings/protocol'
import { epochField } from '@tidings/protocol'
import type { Head, MessageStore, Page } from '../ports/message-store.js'
import { visibleEvent } from '../stream/visibility.js'
import { type Actor, OperationError } from './actor.js'
import { authorisedStill, authoriseInChannel, type StandingSources } from './standing.js'

export interface HistoryOperationsOptions extends StandingSources {
  readonly store: Pick<MessageStore, 'pages' | 'seqAtTime'>
}

export interface HistoryRequest {
  readonly before?: number | undefined
  readonly after?: number | undefined
  readonly around?: number | undefined
  readonly fromTime?: number | undefined
  readonly onlyMessages: boolean
  readonly limit: number
}

/** Pages of a channel's stream for one reader, each stating what it covers (I6). */
export function createHistoryOperations(options: HistoryOperationsOptions) {
  const { store } = options

  async function page(query: Parameters<MessageStore['pages']>[0][number]): Promise<Page> {
    const [answer] = await store.pages([query])
    if (answer === undefined) throw new OperationError('internal')
    return answer
  }

  return {
    async read(actor: Actor, channelId: string, request: HistoryRequest): Promise<RestHistory> {
      const { membership } = await authoriseInChannel(options, actor, channelId, 'history.read')
      const asked = [request.before, request.after, request.around, request.fromTime].filter(
        (bound) => bound !== undefined,
      )
      if (
        asked.length > 1 &&
        !(asked.length === 2 && request.before !== undefined && request.after !== undefined)
      ) {
        throw new OperationError(
          'invalid_frame',
          'Give one of before, after, around and from_time, or before and after.',
        )
      }
      const { before, after } = request
      if (before !== undefined && after !== undefined && before <= after) {
        throw new OperationError('invalid_frame', 'before: must be above after.')
      }
      const visibleFrom = membership?.visibleFromSeq ?? 1
      const answers = await pagesOf(channelId, request, visibleFrom)
      const still = await authorisedStill(options, actor, channelId, 'history.read')
      return joined(channelId, answers, Math.max(visibleFrom, still?.visibleFromSeq ?? 1))
    },
  }

  /** One page, or for `around` the one below and the one from the number on. */
  async function pagesOf(
    channelId: string,
    request: HistoryRequest,
    visibleFrom: number,
  ): Promise<readonly Page[]> {
    const base = { channelId, onlyMessages: request.onlyMessages }
    const floor = visibleFrom - 1
    if (request.around !== undefined) {
      const older = Math.floor(request.limit / 2)
      const newer = request.limit - older
      const forward = await page({
        ...base,
        direction: 'forward',
        afterSeq: Math.max(floor, request.around - 1),
        limit: newer,
      })
      if (older === 0) return [forward]
      const backward = await page({
        ...base,
        direction: 'backward',
        afterSeq: floor,
        beforeSeq: Math.max(visibleFrom, request.around),
        limit: older,
      })
      return [backward, forward]
    }
    if (request.fromTime !== undefined) {
      const from = await store.seqAtTime(channelId, request.fromTime)
      return [
        await page({
          ...base,
          direction: 'forward',
          afterSeq: Math.max(floor, from - 1),
          limit: request.limit,
        }),
      ]
    }
    if (request.after !== undefined) {
      return [
        await page({
          ...base,
          direction: 'forward',
          // a page begins at the number above, which must be one
          afterSeq: Math.max(floor, Math.min(request.after, Number.MAX_SAFE_INTEGER - 1)),
          ...(request.before !== undefined && { beforeSeq: request.before }),
          limit: request.limit,
        }),
      ]
    }
    return [
      await page({
        ...base,
        direction: 'backward',
        afterSeq: floor,
        ...(request.before !== undefined && { beforeSeq: request.before }),
        limit: request.limit,
      }),
    ]
  }
}

export type HistoryOperations = ReturnType<typeof createHistoryOperations>

function joined(channelId: string, read: readonly Page[], visibleFrom: number): RestHistory {
  const pages = read.map((one) => since(one, visibleFrom))
  const head: Head | undefined = pages.at(-1)?.asOf
  const headSeq = head?.headSeq ?? 0
  // of pages that were read one after the other, the earliest head bounds what all of them say
  const asOf = Math.min(...pages.map((one) => one.asOf?.headSeq ?? 0))
  const oldest = Math.max(visibleFrom, head?.oldestSeq ?? 1)
  const covered = pages.filter((one) => one.fromSeq <= one.toSeq)
  const first = pages[0]
  const fromSeq = covered[0]?.fromSeq ?? first?.fromSeq ?? 1
  const toSeq = covered.at(-1)?.toSeq ?? first?.toSeq ?? 0
  const epoch = head?.epoch ?? 1
  const messages: ChannelEvent[] = covered.flatMap((one) =>
    one.events.map((event) => withEpoch(visibleEvent(event, oldest), epoch)),
  )
  return {
    channel_id: channelId,
    ...epochField(epoch),
    from_seq: fromSeq,
    to_seq: toSeq,
    as_of_seq: asOf,
    head_seq: headSeq,
    oldest_seq: oldest,
    messages,
    has_older: fromSeq > oldest,
    has_newer: toSeq < headSeq,
  }
}

/** The page without what lies before the number, should the reader's history begin later than when it was read. */
function since(page: Page, visibleFrom: number): Page {
  if (page.fromSeq >= visibleFrom) return page
  return {
    ...page,
    fromSeq: visibleFrom,
    toSeq: Math.max(page.toSeq, visibleFrom - 1),
    events: page.events.filter((event) => event.channel_seq >= visibleFrom),
  }
}

/** Where the channel's epoch is not 1, every event names its own, also 1. */
const withEpoch = (event: ChannelEvent, channelEpoch: number): ChannelEvent =>
  channelEpoch === 1 || event.epoch !== undefined ? event : { ...event, epoch: 1 }
