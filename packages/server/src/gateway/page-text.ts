import { type ChannelEvents, epochField, LIMITS, utf8Bytes } from '@tidings/protocol'
import { type TailItem, visibleJson } from './tail.js'

/** The events of a page as the inside of a JSON array, and the numbers that they cover. */
export interface PageText {
  readonly events: string
  readonly fromSeq: number
  readonly toSeq: number
}

export interface PageParts {
  readonly items: readonly TailItem[]
  readonly fromSeq: number
  readonly toSeq: number
  readonly direction: 'forward' | 'backward'
}

/** More than everything of a page takes that is not an event. */
const ENVELOPE_MAX_BYTES = 2 * 1024
const EVENTS_MAX_BYTES = LIMITS.backfillMaxBytes - ENVELOPE_MAX_BYTES

/**
 * Writes the events of a page, as many from the asked end as fit into a frame (I7); what is left out is not
 * covered either (I6).
 */
export function pageText(parts: PageParts, oldestSeq: number, channelEpoch: number): PageText {
  const { items, direction } = parts
  const texts = items.map((item) => textOf(item, oldestSeq, channelEpoch))
  const count = fitting(direction === 'forward' ? texts : texts.toReversed())
  if (count === texts.length) {
    return { events: texts.join(','), fromSeq: parts.fromSeq, toSeq: parts.toSeq }
  }
  if (direction === 'forward') {
    const next = items[count]?.seq ?? parts.toSeq + 1
    return { events: texts.slice(0, count).join(','), fromSeq: parts.fromSeq, toSeq: next - 1 }
  }
  const next = items[items.length - count - 1]?.seq ?? parts.fromSeq - 1
  return { events: texts.slice(-count).join(','), fromSeq: next + 1, toSeq: parts.toSeq }
}

function textOf(item: TailItem, oldestSeq: number, channelEpoch: number): string {
  const json = visibleJson(item, oldestSeq)
  const bare = utf8Bytes(json) > EVENTS_MAX_BYTES ? withoutNames(json) : json
  // where the channel's epoch is not 1, every event names its own, also 1
  return channelEpoch !== 1 && item.epoch === 1 ? `{"epoch":1,${bare.slice(1)}` : bare
}

/** A message with so many reactions that it fills a frame alone: the counts stay, the names go. */
function withoutNames(json: string): string {
  const message = JSON.parse(json) as ChannelEvents['message.new']
  const reactions = message.reactions?.map((reaction) => ({ ...reaction, user_ids: [] }))
  return JSON.stringify({ ...message, ...(reactions && { reactions }) })
}

/** How many from the front fit; at least one does. */
function fitting(texts: readonly string[]): number {
  let bytes = 0
  for (const [i, text] of texts.entries()) {
    bytes += utf8Bytes(text) + 1
    if (bytes > EVENTS_MAX_BYTES) return Math.max(1, i)
  }
  return texts.length
}

export interface PageNumbers {
  readonly channelId: string
  readonly epoch: number
  readonly asOfSeq: number
  readonly headSeq: number
  readonly oldestSeq: number
  readonly hasMore: boolean
}

/** The whole envelope. Only `ref` and a few numbers are written anew for each who asks. */
export function pageEnvelope(ref: string, text: PageText, numbers: PageNumbers): string {
  const head = JSON.stringify({
    type: 'message.backfill',
    ref,
    channel_id: numbers.channelId,
    ...epochField(numbers.epoch),
    from_seq: text.fromSeq,
    to_seq: text.toSeq,
    as_of_seq: numbers.asOfSeq,
    head_seq: numbers.headSeq,
    oldest_seq: numbers.oldestSeq,
    has_more: numbers.hasMore,
  })
  return `${head.slice(0, -1)},"messages":[${text.events}]}`
}
