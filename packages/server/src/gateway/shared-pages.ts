import type { PageQuery } from '../ports/message-store.js'
import type { RecentEvents, RecentPage } from '../ports/recent-events.js'
import type { Channel } from './channel.js'
import type { GatewayMetrics } from './metrics.js'
import type { StoreReader } from './store-reader.js'

/** Pages beyond this gateway's memory: what any gateway read a while ago, else the store. */
export class SharedPages {
  constructor(
    private readonly store: Pick<StoreReader, 'page'>,
    private readonly recent: RecentEvents | undefined,
    private readonly metrics: Pick<GatewayMetrics, 'pageRead'>,
  ) {}

  /** R9: the page's content is as of `asOfSeq` at least; what this gateway has seen above, it folds in itself. */
  async read(channel: Channel, query: PageQuery, asOfSeq: number): Promise<RecentPage> {
    const load = (wider: PageQuery) => this.store.page(wider)
    const { epoch, oldestSeq } = channel
    const read: RecentPage =
      this.recent === undefined
        ? { page: await load(query), source: 'store' }
        : await this.recent.page(query, { epoch, asOfSeq, oldestSeq }, load)
    this.metrics.pageRead(read.source)
    return read
  }
}
