import type { Page, PageQuery } from './message-store.js'

/**
 * Pages that some gateway read a while ago, for all gateways: the tier between a gateway's own memory and the
 * store, so that a storm of reconnects reaches the store once for each channel and range, whoever asks.
 *
 * Nothing in it is ever invalidated. A page is a statement about a head (R14), and content as of that head is
 * right for whoever has seen nothing above (R9); whoever has seen more says so, and gets another.
 *
 * An adapter
 * - MUST answer from memory only with a page of the asked epoch whose head and `oldestSeq` are not below what is
 *   asked (R9, R10), and with what `load` would have answered as of that head; whether it is contiguous is
 *   checked when it is read (R14);
 * - MUST call `load` only once for all who ask for the same at the same time, in all processes; a wider query
 *   than the one asked is allowed, so that it serves more;
 * - MUST NOT let anybody wait for another's `load` for ever, nor for one that failed: they load themselves;
 * - MUST go on without its engine: by `load`. It rejects only when `load` does;
 * - MUST bound what it keeps in number, size and time (I7).
 */
export interface RecentEvents {
  page(
    query: PageQuery,
    needs: PageNeeds,
    load: (query: PageQuery) => Promise<Page>,
  ): Promise<RecentPage>
}

/** What the asker has seen of the channel. */
export interface PageNeeds {
  readonly epoch: number
  /** Content must be as of this number at least. */
  readonly asOfSeq: number
  readonly oldestSeq: number
}

export interface RecentPage {
  readonly page: Page
  /** Whether it came from what others had read, or from `load`. */
  readonly source: 'recent' | 'store'
}
