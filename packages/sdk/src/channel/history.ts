import type { HistoryPage } from './items.js'
import type { MessagePage, PageQuery, ReadPage } from './pages.js'

/** A number, or the message that has it. */
export type SeqLike = number | { readonly channelSeq: number }

export interface HistoryOptions {
  /** Messages a page, 1 to 100. @default 50 */
  readonly limit?: number | undefined
  /** Only what is older than this. */
  readonly before?: SeqLike | undefined
  /** Only what is newer than this; without `before` the pages go forward. */
  readonly after?: SeqLike | undefined
  /** Half a page up to this, half a page behind it; `next()` goes on with older ones. */
  readonly around?: SeqLike | undefined
  readonly signal?: AbortSignal | undefined
}

export const seqOf = (value: SeqLike | undefined): number | undefined =>
  typeof value === 'object' ? value.channelSeq : value

/** Messages by number, page by page, over the socket. */
export async function history(read: ReadPage, options: HistoryOptions = {}): Promise<HistoryPage> {
  const { limit = 50, signal } = options
  const [before, after, around] = [options.before, options.after, options.around].map(seqOf)
  if (around === undefined) {
    const direction = after !== undefined && before === undefined ? 'forward' : 'backward'
    const query = { direction, after, before, limit, signal } as const
    return pageOf(read, query, await read(query))
  }
  const half = Math.ceil(limit / 2)
  const query = { direction: 'backward', before: around + 1, limit: half, signal } as const
  const [older, newer] = await Promise.all([
    read(query),
    read({ direction: 'forward', after: around, limit: Math.max(1, limit - half), signal }),
  ])
  const messages = [...older.messages, ...newer.messages]
  return { ...pageOf(read, query, older), items: messages, newestSeq: newer.toSeq }
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
