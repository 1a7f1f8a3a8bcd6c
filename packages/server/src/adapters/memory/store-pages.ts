import type { ChannelEvent } from '@tidings/protocol'
import { type Page, type PageQuery, StoreUnavailable } from '../../ports/message-store.js'
import {
  bucketOf,
  type ChannelState,
  type EpochStart,
  type EventRow,
  epochHolding,
  type RowKey,
} from '../../stream/event.js'
import {
  askedRange,
  bucketRanges,
  covered,
  PAGE_SCAN_MAX_EVENTS,
  type SeqRange,
} from '../../stream/pages.js'
import { counts, foldEffects, serveEvent } from '../../stream/serve.js'
import type { StoreTables } from './store-tables.js'

/** One page, with its content as of now; the head is read first (R9, R14). */
export function pageFrom(tables: StoreTables, query: PageQuery): Page {
  const { channelId, direction, limit } = query
  const head = tables.state(channelId)
  if (head === undefined) {
    return { asOf: undefined, events: [], fromSeq: 1, toSeq: 0, hasMore: false }
  }
  const asked = askedRange(query, head)
  const events: ChannelEvent[] = []
  let scanned = 0
  let stoppedAt: number | undefined
  for (const key of keysIn(channelId, head, asked, direction)) {
    const row = rowAt(tables, key)
    stoppedAt = key.channelSeq
    scanned += 1
    if (!query.onlyMessages || row.event.type === 'message.new') {
      events.push(serveRow(tables, row, head.epochs))
    }
    if (events.length >= limit || scanned >= PAGE_SCAN_MAX_EVENTS) break
  }
  if (direction === 'backward') events.reverse()
  return { asOf: { ...head, channelId }, events, ...covered(asked, direction, stoppedAt) }
}

/** The lowest number whose event was accepted at or after the time; head + 1 when there is none. */
export function seqAt(tables: StoreTables, channelId: string, timestampMs: number): number {
  const head = tables.state(channelId)
  if (head === undefined) return 1
  let low = head.oldestSeq
  let high = head.headSeq + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const { event } = rowAt(tables, keyOf(channelId, head.epochs, middle))
    if (event.type !== 'event.hidden' && event.ts < timestampMs) low = middle + 1
    else high = middle
  }
  return low
}

const keyOf = (channelId: string, epochs: readonly EpochStart[], channelSeq: number): RowKey => ({
  channelId,
  epoch: epochHolding(epochs, channelSeq),
  bucket: bucketOf(channelSeq),
  channelSeq,
})

function* keysIn(
  channelId: string,
  head: ChannelState,
  asked: SeqRange,
  direction: 'forward' | 'backward',
): Generator<RowKey> {
  for (const { epoch, bucket, fromSeq, toSeq } of bucketRanges(head.epochs, asked, direction)) {
    for (let i = 0; i <= toSeq - fromSeq; i++) {
      const channelSeq = direction === 'forward' ? fromSeq + i : toSeq - i
      yield { channelId, epoch, bucket, channelSeq }
    }
  }
}

/** I6: a number at or below the head that is not there is never skipped silently. */
function rowAt(tables: StoreTables, key: RowKey): EventRow {
  const row = tables.row(key)
  if (row === undefined) {
    throw new StoreUnavailable(`Number ${key.channelSeq} of ${key.channelId} cannot be read.`)
  }
  return row
}

function serveRow(
  tables: StoreTables,
  { channelId, channelSeq, epoch, bucket, event }: EventRow,
  epochs: readonly EpochStart[],
): ChannelEvent {
  if (event.type === 'message.new') {
    const effects = tables.effects({ channelId, epoch, bucket, channelSeq })
    return serveEvent(event, foldEffects(effects, epochs), false)
  }
  if (event.type !== 'message.edited') return event
  const target = tables.effects(keyOf(channelId, epochs, event.target_seq))
  const deleted = target.some(
    (effect) => effect.kind === 'delete' && counts(epochs, effect.byEpoch, effect.bySeq),
  )
  return serveEvent(event, undefined, deleted)
}
