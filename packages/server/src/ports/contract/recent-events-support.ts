import assert from 'node:assert/strict'
import type { MessageStore, Page, PageQuery } from '../message-store.js'
import type { PageNeeds, RecentEvents } from '../recent-events.js'
import { StreamBuilder } from './stream-builder.js'

/** An adapter under test; each harness begins with nothing kept. */
export interface RecentEventsHarness {
  readonly recent: RecentEvents
  /** An empty store, for what is loaded. */
  newStore(): MessageStore
  /** The same as another process has it. */
  open(): Promise<RecentEvents>
  /** Resolves when nothing that is kept now is kept any more; left out where that cannot be waited for. */
  endKeeping?(): Promise<void>
  /** Makes the engine unable to answer; left out where that cannot be. */
  breakEngine?(): Promise<void>
  close(): Promise<void>
}

/** A channel in a store, and who counts what is read from it. */
export class RecentWorld {
  readonly stream: StreamBuilder
  readonly loads: PageQuery[] = []
  private written = 0

  constructor(
    private readonly store: MessageStore,
    readonly channelId = 'c',
  ) {
    this.stream = new StreamBuilder(channelId)
  }

  async write(): Promise<this> {
    await this.store.write(this.stream.batch(this.written))
    this.written = this.stream.length
    return this
  }

  async says(count: number): Promise<this> {
    for (let i = 0; i < count; i++) this.stream.say(`${this.stream.state.headSeq + 1}`)
    return this.write()
  }

  /** As somebody who has seen all there is. */
  get needs(): PageNeeds {
    const { epoch, headSeq, oldestSeq } = this.stream.state
    return { epoch, asOfSeq: headSeq, oldestSeq }
  }

  query(over: Partial<PageQuery> = {}): PageQuery {
    return { channelId: this.channelId, direction: 'backward', limit: 100, ...over }
  }

  readonly load = async (query: PageQuery): Promise<Page> => {
    this.loads.push(query)
    return this.direct(query)
  }

  async direct(query: PageQuery): Promise<Page> {
    const [page] = await this.store.pages([query])
    assert.ok(page, 'every query is answered')
    return page
  }
}

export const textsOf = (page: Page): (string | undefined)[] =>
  page.events.map((event) => (event.type === 'message.new' ? event.text : undefined))

export const mustNotLoad = (): Promise<Page> =>
  Promise.reject(new Error('nothing was to be loaded'))
