import type { ChannelEvent } from '@tidings/protocol'
import type { ServerEnvironment } from '../ports/environment.js'
import type { Page, PageQuery } from '../ports/message-store.js'
import type { RecentPage } from '../ports/recent-events.js'
import type { Channel } from './channel.js'
import type { ResolvedGatewayOptions } from './options.js'
import type { PageText } from './page-text.js'
import type { SharedPages } from './shared-pages.js'
import { affectedBy, servedItem, type TailItem } from './tail.js'

/** A page of the store that is being read, or was a moment ago. */
export interface StorePage {
  readonly channel: Channel
  readonly query: PageQuery
  readonly reading: Promise<RecentPage>
  readonly readAt: number
  /** The channel's last number when the reading began. */
  readonly begunAtSeq: number
  page: Page | undefined
  items: readonly TailItem[]
  /** An event changed something in it since it was asked for: it is of no use to who asks now. */
  stale: boolean
  /** Its events as text, by where the reader's history begins. */
  readonly texts: Map<number, PageText>
  /** Of the page and its texts. */
  chars: number
}

export interface ReadPage {
  readonly entry: StorePage
  readonly page: Page
  /** Who had it: this gateway, another one, or the store. */
  readonly tier: 'cache' | RecentPage['source']
}

/** What a page takes beside its texts: what was asked, where it stands. */
const CHARS_PER_PAGE = 512

/** Tries for a page that keeps being overtaken by edits; the last is served with the `as_of_seq` that it has. */
const READS_MAX = 3

/**
 * Pages below the tails: the same page is read once for all who ask at the same time or shortly after
 * (a reconnect storm), and forgotten when an event changes a message in it (R9).
 */
export class StorePages {
  /** In the order in which they were asked for: the oldest go first. */
  private readonly byKey = new Map<string, StorePage>()
  private readonly keysOf = new Map<Channel, Set<string>>()
  private chars = 0

  constructor(
    private readonly environment: Pick<ServerEnvironment, 'monotonicNow'>,
    private readonly shared: SharedPages,
    private readonly options: ResolvedGatewayOptions,
  ) {}

  /** Resolves to a page as new as what this gateway has taken over, if the store has it. Rejects when the store does. */
  async read(channel: Channel, query: PageQuery): Promise<ReadPage> {
    const key = keyOf(query)
    for (let tries = 1; ; tries++) {
      const found = this.find(key)
      const entry = found ?? this.begin(channel, key, query)
      const { page, source } = await entry.reading
      if (!entry.stale || tries === READS_MAX) {
        return { entry, page, tier: found === undefined ? source : 'cache' }
      }
      this.forget(key, entry)
    }
  }

  /** The page as text for a history that begins there, written once for all who ask. */
  text(entry: StorePage, oldestSeq: number, write: () => PageText): PageText {
    const known = entry.texts.get(oldestSeq)
    if (known !== undefined) return known
    const text = write()
    entry.texts.set(oldestSeq, text)
    this.weigh(keyOf(entry.query), entry, text.events.length)
    return text
  }

  /** An event was taken over: pages that hold what it changes are forgotten. */
  touched(channel: Channel, event: ChannelEvent): void {
    const affected = affectedBy(event)
    if (affected === 0) return
    // a delete takes the text of the edits along, which lie above what they edited
    const isDelete = event.type === 'message.deleted'
    this.forgetWhere(
      channel,
      (entry) => mayHold(entry, affected) || (isDelete && mayHoldEdits(entry, affected)),
    )
  }

  /** Everything about a channel is different: a new epoch, another `oldest_seq`, or nobody follows it. */
  forgetAll(channel: Channel): void {
    this.forgetWhere(channel, () => true)
  }

  private forgetWhere(channel: Channel, applies: (entry: StorePage) => boolean): void {
    const keys = this.keysOf.get(channel)
    if (keys === undefined) return
    for (const key of [...keys]) {
      const entry = this.byKey.get(key)
      if (entry !== undefined && applies(entry)) this.forget(key, entry)
    }
  }

  private find(key: string): StorePage | undefined {
    const entry = this.byKey.get(key)
    if (entry === undefined) return undefined
    const age = this.environment.monotonicNow() - entry.readAt
    return age <= this.options.pagesKeptMs ? entry : undefined
  }

  private begin(channel: Channel, key: string, query: PageQuery): StorePage {
    const before = this.byKey.get(key)
    if (before !== undefined) this.forget(key, before)
    const entry: StorePage = {
      channel,
      query,
      reading: this.shared.read(channel, query, channel.lastSeq),
      readAt: this.environment.monotonicNow(),
      begunAtSeq: channel.lastSeq,
      page: undefined,
      items: [],
      stale: false,
      texts: new Map(),
      chars: 0,
    }
    this.byKey.set(key, entry)
    this.keysOf.set(channel, (this.keysOf.get(channel) ?? new Set()).add(key))
    entry.reading.then(
      ({ page }) => this.keep(key, entry, page),
      () => this.forget(key, entry),
    )
    return entry
  }

  private keep(key: string, entry: StorePage, page: Page): void {
    entry.page = page
    entry.items = page.events.map(servedItem)
    if (this.byKey.get(key) !== entry) return
    // a replica that lags behind what this gateway has seen must not be kept
    if (headOf(page) < entry.begunAtSeq) {
      this.forget(key, entry)
      return
    }
    const chars = entry.items.reduce((sum, item) => sum + item.json.length, CHARS_PER_PAGE)
    this.weigh(key, entry, chars)
  }

  /** Something of the page is kept from now on: the oldest go first (I7). */
  private weigh(key: string, entry: StorePage, chars: number): void {
    if (this.byKey.get(key) !== entry) return
    entry.chars += chars
    this.chars += chars
    for (const [oldestKey, oldest] of this.byKey) {
      if (this.chars <= this.options.pagesMaxChars) return
      if (oldest.page !== undefined) this.forget(oldestKey, oldest)
    }
  }

  private forget(key: string, entry: StorePage): void {
    entry.stale = true
    if (this.byKey.get(key) !== entry) return
    this.byKey.delete(key)
    this.chars -= entry.chars
    const keys = this.keysOf.get(entry.channel)
    if (keys?.delete(key) && keys.size === 0) this.keysOf.delete(entry.channel)
  }
}

/**
 * The head as of which a page holds: of now, when every event since it was read was looked at and none changed it.
 */
export function asOfSeq({ entry, page }: ReadPage): number {
  const isCurrent = !entry.stale && headOf(page) >= entry.begunAtSeq
  return isCurrent ? Math.max(headOf(page), entry.channel.lastSeq) : headOf(page)
}

const headOf = (page: Page): number => page.asOf?.headSeq ?? 0

const keyOf = (query: PageQuery): string =>
  [
    query.channelId,
    query.afterSeq ?? '',
    query.beforeSeq ?? '',
    query.direction,
    query.onlyMessages === true ? 'messages' : '',
    query.limit,
  ].join('\n')

function mayHoldEdits({ query, page, items }: StorePage, seq: number): boolean {
  if (page !== undefined) return items.some((item) => item.affects === seq)
  return seq < (query.beforeSeq ?? Number.POSITIVE_INFINITY)
}

/** Before the page is there, only its bounds tell. */
function mayHold({ query, page }: StorePage, seq: number): boolean {
  if (page !== undefined) return seq >= page.fromSeq && seq <= page.toSeq
  return seq > (query.afterSeq ?? 0) && seq < (query.beforeSeq ?? Number.POSITIVE_INFINITY)
}
