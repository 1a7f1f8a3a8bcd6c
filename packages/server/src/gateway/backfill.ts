import type { ClientFrames } from '@tidings/protocol'
import { epochOf } from '@tidings/protocol'
import type { Head } from '../ports/message-store.js'
import { validUpTo } from '../stream/event.js'
import type { Channel } from './channel.js'
import type { Core } from './core.js'
import { type PageText, pageText } from './page-text.js'
import { asOfSeq, type ReadPage } from './store-pages.js'
import type { TailRange } from './tail.js'

/** What is asked, in the numbering of the channel's epoch; bounds exclusive. */
export interface Asked {
  readonly afterSeq: number
  readonly beforeSeq: number | undefined
  readonly direction: 'forward' | 'backward'
  readonly onlyMessages: boolean
  readonly limit: number
  readonly minAsOfSeq: number
}

/** A page, apart from `ref` and the head when it is sent. */
export interface ServedPage {
  readonly text: PageText
  readonly asOfSeq: number
  readonly hasMore: boolean
}

export type Prepared =
  | { readonly asked: Asked; readonly resetFrom: number | undefined }
  | { readonly unavailable: true }

type Request = ClientFrames['backfill.request']

/** True where a request names more than this gateway has taken over: the head must be read again first. */
export const isBeyond = (channel: Channel, request: Request): boolean =>
  epochOf(request) > channel.epoch ||
  Math.max(afterSeqOf(request), request.min_as_of_seq ?? 0) > channel.lastSeq

/** A page begins at the number above, which must be one. */
const afterSeqOf = ({ after_seq = 0 }: Request): number =>
  Math.min(after_seq, Number.MAX_SAFE_INTEGER - 1)

/**
 * Brings a request into the channel's numbering: what an older epoch named above its end does not count, and who
 * is ahead of the head is reset to it (P-65, P-66).
 */
export function prepareAsked(channel: Channel, request: Request, headSeq: number): Prepared {
  const epoch = epochOf(request)
  const after = afterSeqOf(request)
  const minAsOfSeq = request.min_as_of_seq ?? 0
  if (epoch > channel.epoch) return { unavailable: true }
  const ended = epoch < channel.epoch ? validUpTo(channel.epochs, epoch) : undefined
  const isAhead = ended === undefined && Math.max(after, minAsOfSeq) > headSeq
  // behind what others know, but not for long: whoever asks again gets it
  if (!isAhead && minAsOfSeq > channel.lastSeq && ended === undefined) return { unavailable: true }
  return {
    resetFrom: ended ?? (isAhead ? channel.lastSeq : undefined),
    asked: {
      afterSeq: ended === undefined ? after : Math.min(after, ended),
      beforeSeq: request.before_seq,
      direction: request.direction,
      onlyMessages: request.only === 'messages',
      limit: request.limit,
      minAsOfSeq: isAhead || ended !== undefined ? 0 : minAsOfSeq,
    },
  }
}

/**
 * The page, if it is empty or lies in the tail: without waiting, because after a cut everybody asks for what is
 * newest, all at once. `visibleFromSeq` is where the reader's history begins.
 */
export function pageAtHand(
  core: Core,
  channel: Channel,
  asked: Asked,
  visibleFromSeq: number,
): ServedPage | undefined {
  const { lastSeq } = channel
  const oldestSeq = Math.max(channel.oldestSeq, visibleFromSeq)
  const range = rangeOf(asked, oldestSeq, lastSeq)
  if (range.first > range.last) return emptyPage(range.first, lastSeq)
  const text = channel.tailTexts.read(channel.tail, range, oldestSeq, channel.epoch)
  if (text === undefined) return undefined
  core.metrics.backfill('tail')
  return { text, asOfSeq: lastSeq, hasMore: goesOn(range, text) }
}

/**
 * One page for a reader whose history begins at `visibleFromSeq`, from the tail or the store, stating what it
 * covers (I6). Undefined when it cannot be had now. Never above what this gateway has taken over: a removal that
 * is in the store already may not have reached us yet (R13).
 */
export async function servePage(
  core: Core,
  channel: Channel,
  asked: Asked,
  visibleFromSeq: number,
): Promise<ServedPage | undefined> {
  const atHand = pageAtHand(core, channel, asked, visibleFromSeq)
  if (atHand !== undefined) return atHand
  const oldestSeq = Math.max(channel.oldestSeq, visibleFromSeq)
  const range = rangeOf(asked, oldestSeq, channel.lastSeq)
  if (isNear(core, channel, range)) {
    await fill(core, channel)
    const filled = pageAtHand(core, channel, asked, visibleFromSeq)
    if (filled !== undefined) return filled
  }
  const read = await readPage(core, channel, asked, oldestSeq, range)
  const head = read.page.asOf
  if (head !== undefined && isAheadOf(channel, head)) {
    core.repair.adopt(channel, head)
    await channel.repairing
    if (isAheadOf(channel, head)) return undefined
  }
  core.metrics.backfill(read.tier)
  return fromStore(core, channel, asked, read, Math.max(channel.oldestSeq, visibleFromSeq))
}

const isAheadOf = (channel: Channel, head: Head): boolean =>
  head.epoch !== channel.epoch || head.headSeq > channel.lastSeq

/** P-57: what is asked for, inclusive; empty when `first` is above `last`. */
function rangeOf(asked: Asked, oldestSeq: number, headSeq: number): TailRange {
  return {
    first: Math.max(asked.afterSeq + 1, oldestSeq),
    last: Math.min((asked.beforeSeq ?? Number.POSITIVE_INFINITY) - 1, headSeq),
    direction: asked.direction,
    onlyMessages: asked.onlyMessages,
    limit: asked.limit,
  }
}

/** P-60: whether the range goes on beyond the page in the asked direction. */
const goesOn = (range: TailRange, { fromSeq, toSeq }: PageText): boolean =>
  range.direction === 'forward' ? toSeq < range.last : fromSeq > range.first

const emptyPage = (first: number, headSeq: number): ServedPage => ({
  text: { events: '', fromSeq: first, toSeq: first - 1 },
  asOfSeq: headSeq,
  hasMore: false,
})

/** True if a filled tail would hold the page. */
function isNear(core: Core, channel: Channel, range: TailRange): boolean {
  const lowest =
    range.direction === 'forward'
      ? range.first
      : Math.max(range.first, range.last - range.limit + 1)
  return lowest > channel.lastSeq - core.options.tailFillEvents && lowest < channel.tail.firstSeq
}

/** Fills the tail, once for all who wait: whoever is a little behind is served from memory. */
async function fill(core: Core, channel: Channel): Promise<void> {
  channel.filling ??= readTail(core, channel).finally(() => {
    channel.filling = undefined
  })
  await channel.filling
}

async function readTail(core: Core, channel: Channel): Promise<void> {
  const { epoch } = channel
  const query = {
    channelId: channel.channelId,
    beforeSeq: channel.lastSeq + 1,
    direction: 'backward',
    limit: core.options.tailFillEvents,
  } as const
  // R9: every event above is in the tail, which folds it in
  const asOfSeq = Math.min(channel.tail.firstSeq - 1, channel.lastSeq)
  const { page } = await core.shared.read(channel, query, asOfSeq)
  const isOurs = page.asOf?.epoch === epoch && channel.epoch === epoch
  // it must reach up to what is in the tail, or to the head when there is nothing
  const reaches = page.toSeq >= Math.min(channel.tail.firstSeq - 1, channel.lastSeq)
  if (!isOurs || !reaches) return
  channel.tail.fill(page.events)
  core.channels.weigh(channel)
}

/**
 * Bounds are cut to the reader's history before the store is asked, so that all who may see the same share it.
 * Backward, a page that was read at a lower head is another one: it ends below the number that is asked for now.
 */
function readPage(
  core: Core,
  channel: Channel,
  asked: Asked,
  oldestSeq: number,
  range: TailRange,
): Promise<ReadPage> {
  const beforeSeq = asked.direction === 'backward' ? range.last + 1 : asked.beforeSeq
  const query = {
    channelId: channel.channelId,
    afterSeq: Math.max(asked.afterSeq, oldestSeq - 1),
    ...(beforeSeq !== undefined && { beforeSeq }),
    direction: asked.direction,
    onlyMessages: asked.onlyMessages,
    limit: asked.limit,
  }
  return core.pages.read(channel, query)
}

/** Undefined: what the store saw is too old for what is asked. */
function fromStore(
  core: Core,
  channel: Channel,
  asked: Asked,
  read: ReadPage,
  oldestSeq: number,
): ServedPage | undefined {
  const { entry, page } = read
  // P-57: backward from the head, a page ends at the head that it states, whatever came while it was read
  const isToHead =
    asked.direction === 'backward' && page.toSeq < (asked.beforeSeq ?? Number.POSITIVE_INFINITY) - 1
  const asOf = isToHead ? Math.min(asOfSeq(read), page.toSeq) : asOfSeq(read)
  if (asOf < asked.minAsOfSeq) return undefined
  const range = rangeOf(asked, oldestSeq, asOf)
  // the store saw an empty range where there is something by now
  if (page.fromSeq > page.toSeq && range.first <= range.last) return undefined
  if (page.fromSeq > page.toSeq) return emptyPage(range.first, asOf)
  const { fromSeq, toSeq } = page
  const { direction } = asked
  const text = core.pages.text(entry, oldestSeq, () =>
    pageText({ items: entry.items, fromSeq, toSeq, direction }, oldestSeq, channel.epoch),
  )
  return { text, asOfSeq: asOf, hasMore: goesOn(range, text) }
}
