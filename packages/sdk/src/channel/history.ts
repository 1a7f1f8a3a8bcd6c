import { check, given, isCount } from '../arguments.js'
import type { HistoryPage } from './items.js'
import { checkLimit, type MessagePage, type PageQuery, type ReadPage } from './pages.js'

/** A number, or the message that has it. */
export type SeqLike = number | { readonly channelSeq: number }

export interface HistoryOptions {
  /** Messages a page, 1 to 100. @default 50 */
  readonly limit?: number | undefined
  /** Only what is older than this. */
  readonly before?: SeqLike | undefined
  /** Only what is newer than this; without `before` the pages go forward. */
  readonly after?: SeqLike | undefined
  /** Half a page up to this, half a page behind it, and so alone; `next()` goes on with older ones. */
  readonly around?: SeqLike | undefined
  readonly signal?: AbortSignal | undefined
}

export function seqOf(name: string, value: SeqLike | undefined): number | undefined {
  const seq = typeof value === 'object' ? value?.channelSeq : value
  check(name, value, value === undefined || isCount(seq, 0), 'a message or its number')
  return seq
}

/** Messages by number, page by page, over the socket. */
export async function history(read: ReadPage, options?: HistoryOptions): Promise<HistoryPage> {
  const { limit = 50, signal, ...places } = given(options)
  const names = ['before', 'after', 'around'] as const
  const [before, after, around] = names.map((name) => seqOf(name, places[name]))
  if (around === undefined) {
    const direction = after !== undefined && before === undefined ? 'forward' : 'backward'
    const query = { direction, after, before, limit, signal } as const
    return pageOf(read, query, await read(query))
  }
  check('around', around, (before ?? after) === undefined, 'without before and after')
  checkLimit(limit)
  const half = Math.ceil(limit / 2)
  const query = { direction: 'backward', before: around + 1, limit: half, signal } as const
  const [older, newer] = await Promise.all([
    read(query),
    half < limit && read({ direction: 'forward', after: around, limit: limit - half, signal }),
  ])
  const page = pageOf(read, query, older)
  if (!newer) return page
  return { ...page, items: [...page.items, ...newer.messages], newestSeq: newer.toSeq }
}

function pageOf(read: ReadPage, query: PageQuery, page: MessagePage): HistoryPage {
  const { messages, fromSeq, toSeq, hasMore } = page
  return {
    items: messages,
    oldestSeq: fromSeq,
    newestSeq: toSeq,
    hasNext: hasMore,
    async next() {
      if (!hasMore) return undefined
      const rest = query.direction === 'forward' ? { after: toSeq } : { before: fromSeq }
      const next = { ...query, ...rest }
      return pageOf(read, next, await read(next))
    },
  }
}
