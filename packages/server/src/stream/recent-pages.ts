import type { Page, PageQuery } from '../ports/message-store.js'
import type { PageNeeds } from '../ports/recent-events.js'
import { askedRange, covered } from './pages.js'

/** Newest events of a channel that are kept together, whatever part of them was asked for. */
export const NEWEST_EVENTS = 100

/** Under which name a page is shared, and what is loaded for it. */
export interface PagePlan {
  readonly kind: 'newest' | 'range'
  /** Within the channel and epoch. */
  readonly name: string
  readonly load: PageQuery
}

/** What is near the head is cut out of the newest events, so that all who are a little behind share one read. */
export function planOf(query: PageQuery, { asOfSeq }: PageNeeds): PagePlan {
  return isNear(query, asOfSeq) ? newestPlan(query.channelId) : rangePlan(query)
}

const newestPlan = (channelId: string): PagePlan => ({
  kind: 'newest',
  name: 'newest',
  load: { channelId, direction: 'backward', limit: NEWEST_EVENTS },
})

/** Only who asks for the very same shares it. */
export const rangePlan = (query: PageQuery): PagePlan => ({
  kind: 'range',
  name: [
    query.direction,
    query.afterSeq ?? '',
    query.beforeSeq ?? '',
    query.onlyMessages === true ? 'messages' : 'events',
    query.limit,
  ].join(' '),
  load: query,
})

function isNear(
  { afterSeq = 0, beforeSeq, direction, limit }: PageQuery,
  headSeq: number,
): boolean {
  const last = Math.min((beforeSeq ?? Number.MAX_SAFE_INTEGER) - 1, headSeq)
  const first = direction === 'forward' ? afterSeq + 1 : Math.max(afterSeq + 1, last - limit + 1)
  return first > headSeq - NEWEST_EVENTS
}

/** True if a page is as new as the asker needs it. */
export function isAsNewAs(page: Page, needs: PageNeeds): boolean {
  const head = page.asOf
  return (
    head !== undefined &&
    head.epoch === needs.epoch &&
    head.headSeq >= needs.asOfSeq &&
    head.oldestSeq >= needs.oldestSeq
  )
}

/** What the store would have answered to the query as of the page's head; undefined when the page does not hold all of it. */
export function cutPage(plan: PagePlan, page: Page, query: PageQuery): Page | undefined {
  if (plan.kind === 'range') return page
  if (page.asOf === undefined) return page
  if (!isContiguous(page)) return undefined
  const asked = askedRange(query, page.asOf)
  const inRange = page.events.filter(
    ({ channel_seq: seq }) => seq >= asked.fromSeq && seq <= asked.toSeq,
  )
  const wanted = query.onlyMessages ? inRange.filter(({ type }) => type === 'message.new') : inRange
  const isForward = query.direction === 'forward'
  const events = isForward ? wanted.slice(0, query.limit) : wanted.slice(-query.limit)
  const end = isForward ? events.at(-1) : events.at(0)
  const stoppedAt = events.length === query.limit ? end?.channel_seq : undefined
  // the page must reach from the asked end to where it stopped
  const needsFrom = isForward ? asked.fromSeq : (stoppedAt ?? asked.fromSeq)
  if (asked.fromSeq <= asked.toSeq && needsFrom < page.fromSeq) return undefined
  return { asOf: page.asOf, events, ...covered(asked, query.direction, stoppedAt) }
}

/** R14: nothing is missing between its ends, and it ends at its head. */
function isContiguous({ events, fromSeq, toSeq, asOf }: Page): boolean {
  if (asOf === undefined || toSeq !== asOf.headSeq) return false
  if (events.length !== toSeq - fromSeq + 1) return false
  return events.every((event, i) => event.channel_seq === fromSeq + i)
}
