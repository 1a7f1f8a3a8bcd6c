import type { Gap, Message, StreamEvent } from '../channel/items.js'
import { fold, targetOf } from './fold.js'

/** Most items kept (I7): the oldest go, and can be loaded again. */
export const ITEMS_MAX = 5_000

/** The stored part of a timeline: everything from `fromSeq` up to the gate's position. */
export interface TimelineList {
  /** Ascending by number. */
  readonly items: readonly (Message | Gap)[]
  readonly fromSeq: number
  /** There are numbers below `fromSeq` that this user may read. */
  readonly hasOlder: boolean
}

/** An empty list that begins above `position`. */
export const listFrom = (position: number, oldestSeq: number): TimelineList => ({
  items: [],
  fromSeq: position + 1,
  hasOlder: position >= oldestSeq,
})

/** The next event of the stream folded in. */
export function withEvent(list: TimelineList, event: StreamEvent): TimelineList {
  const folded = withFolded(list, event)
  return event.kind === 'message' ? withItem(folded, event) : folded
}

/** The next item of the stream at the end. */
export function withItem(list: TimelineList, item: Message | Gap): TimelineList {
  // The list was made while this item was on its way to listeners: it begins above it.
  if (firstSeq(item) < list.fromSeq) return list
  return trimmed({ ...list, items: [...list.items, item] }, ITEMS_MAX)
}

/** The newest `max` items. */
export function trimmed(list: TimelineList, max: number): TimelineList {
  const items = list.items.slice(-max)
  if (items.length === list.items.length || items[0] === undefined) return list
  return { items, fromSeq: firstSeq(items[0]), hasOlder: true }
}

/** The list with a page in the place of everything below a number. */
export function withBelow(
  list: TimelineList,
  beforeSeq: number,
  page: { messages: readonly Message[]; fromSeq: number; hasMore: boolean },
): TimelineList {
  const above = list.items.filter((item) => firstSeq(item) >= beforeSeq)
  return {
    items: [...page.messages, ...above],
    fromSeq: Math.min(page.fromSeq, beforeSeq),
    hasOlder: page.hasMore,
  }
}

/** Something in the place of a gap; unchanged if the gap is not there any more. */
export function withFilled(
  list: TimelineList,
  gap: Gap,
  filling: readonly (Message | Gap)[],
): TimelineList {
  const at = list.items.indexOf(gap)
  if (at < 0) return list
  return { ...list, items: [...list.items.slice(0, at), ...filling, ...list.items.slice(at + 1)] }
}

function withFolded(list: TimelineList, event: StreamEvent): TimelineList {
  const target = targetOf(event)
  if (target === undefined) return list
  const at = list.items.findLastIndex(
    (item) => item.kind === 'message' && item.messageId === target,
  )
  const before = list.items[at]
  if (before?.kind !== 'message') return list
  const after = fold(before, event as Parameters<typeof fold>[1])
  return after === before
    ? list
    : { ...list, items: [...list.items.slice(0, at), after, ...list.items.slice(at + 1)] }
}

export const firstSeq = (item: Message | Gap): number =>
  item.kind === 'gap' ? item.fromSeq : item.channelSeq
