import type { ChannelEvent } from '@tidings/protocol'
import type { Head, Page, PageQuery } from '../../../ports/message-store.js'
import type { Effect } from '../../../stream/event.js'
import {
  askedRange,
  type BucketRange,
  bucketRanges,
  covered,
  PAGE_SCAN_MAX_EVENTS,
  type SeqRange,
} from '../../../stream/pages.js'
import { foldEffects, serveEvent } from '../../../stream/serve.js'
import type { Statements } from '../statements.js'
import { deletedTargets } from './deleted-targets.js'
import { readHeads } from './heads.js'
import { readEffects, readEvents } from './read-stretch.js'
import type { Read } from './strongest.js'

/** Events read at a time while messages are searched for. */
const SEARCH_EVENTS = 250

interface Found {
  /** Ascending by number. */
  readonly events: readonly ChannelEvent[]
  readonly effects: ReadonlyMap<number, readonly Effect[]>
  /** The last number looked at; undefined when there was none to look at. */
  readonly stoppedAt: number | undefined
}

/**
 * One page, found by arithmetic: numbers are gapless, so it lies where its numbers say, at any depth. The head is
 * read first (R14), then the rows and what was done to them since (R9).
 */
export async function readPage(
  read: Read,
  statements: Statements,
  query: PageQuery,
): Promise<Page> {
  const [head] = await readHeads(read, statements, [query.channelId])
  if (head === undefined) {
    return { asOf: undefined, events: [], fromSeq: 1, toSeq: 0, hasMore: false }
  }
  const asked = askedRange(query, head)
  const find = query.onlyMessages ? findMessages : findEvents
  const { events, effects, stoppedAt } = await find(read, statements, query, head, asked)
  const gone = await deletedTargets(read, statements, head, events, effects)
  return {
    asOf: head,
    events: events.map((event) => {
      const content = foldEffects(effects.get(event.channel_seq) ?? [], head.epochs)
      return serveEvent(event, content, gone.has(event.channel_seq))
    }),
    ...covered(asked, query.direction, stoppedAt),
  }
}

/** Which rows it will be is known before: all of them are read at once. */
async function findEvents(
  read: Read,
  statements: Statements,
  { channelId, direction, limit }: PageQuery,
  head: Head,
  asked: SeqRange,
): Promise<Found> {
  const scan = first(asked, direction, limit)
  const stretches = [...bucketRanges(head.epochs, scan, 'forward')]
  const [events, effects] = await Promise.all([
    Promise.all(stretches.map((stretch) => readEvents(read, statements, channelId, stretch))),
    effectsOf(read, statements, channelId, stretches),
  ])
  return { events: events.flat(), effects, stoppedAt: lastOf(scan, direction) }
}

/** How far the messages reach is known once they are read: piece after piece, and then their effects (I7). */
async function findMessages(
  read: Read,
  statements: Statements,
  { channelId, direction, limit }: PageQuery,
  head: Head,
  asked: SeqRange,
): Promise<Found> {
  const messages: ChannelEvent[] = []
  const stretches: BucketRange[] = []
  let left = first(asked, direction, PAGE_SCAN_MAX_EVENTS)
  let stoppedAt = lastOf(left, direction)
  while (left.fromSeq <= left.toSeq && messages.length < limit) {
    const piece = first(left, direction, SEARCH_EVENTS)
    for (const stretch of bucketRanges(head.epochs, piece, direction)) {
      const events = await readEvents(read, statements, channelId, stretch)
      const ordered = direction === 'forward' ? events : events.toReversed()
      const found = ordered.filter((event) => event.type === 'message.new')
      messages.push(...found.slice(0, limit - messages.length))
      if (found.length > 0) stretches.push(stretch)
    }
    left = rest(left, direction, SEARCH_EVENTS)
  }
  if (messages.length === limit) stoppedAt = messages.at(-1)?.channel_seq
  const ascending = direction === 'forward' ? messages : messages.toReversed()
  const tight = stretches.flatMap((stretch) => tighten(stretch, ascending))
  const effects = await effectsOf(read, statements, channelId, tight)
  return { events: ascending, effects, stoppedAt }
}

async function effectsOf(
  read: Read,
  statements: Statements,
  channelId: string,
  stretches: readonly BucketRange[],
): Promise<ReadonlyMap<number, readonly Effect[]>> {
  const found = await Promise.all(
    stretches.map((stretch) => readEffects(read, statements, channelId, stretch)),
  )
  return new Map(found.flatMap((one) => [...one]))
}

/** A stretch, no longer than from its first message in the page to its last. */
function tighten(stretch: BucketRange, messages: readonly ChannelEvent[]): readonly BucketRange[] {
  const seqs = messages
    .map((event) => event.channel_seq)
    .filter((seq) => seq >= stretch.fromSeq && seq <= stretch.toSeq)
  const [fromSeq, toSeq] = [seqs[0], seqs.at(-1)]
  return fromSeq === undefined || toSeq === undefined ? [] : [{ ...stretch, fromSeq, toSeq }]
}

type Direction = PageQuery['direction']

/** The part of a range that is met first in a direction. */
const first = ({ fromSeq, toSeq }: SeqRange, direction: Direction, most: number): SeqRange =>
  direction === 'forward'
    ? { fromSeq, toSeq: Math.min(toSeq, fromSeq + most - 1) }
    : { fromSeq: Math.max(fromSeq, toSeq - most + 1), toSeq }

/** What is left of a range after that part. */
const rest = ({ fromSeq, toSeq }: SeqRange, direction: Direction, most: number): SeqRange =>
  direction === 'forward' ? { fromSeq: fromSeq + most, toSeq } : { fromSeq, toSeq: toSeq - most }

const lastOf = ({ fromSeq, toSeq }: SeqRange, direction: Direction): number | undefined => {
  if (fromSeq > toSeq) return undefined
  return direction === 'forward' ? toSeq : fromSeq
}
