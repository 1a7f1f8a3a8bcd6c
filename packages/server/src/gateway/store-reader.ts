import type { ServerEnvironment } from '../ports/environment.js'
import {
  type Head,
  type MessageStore,
  type Page,
  type PageQuery,
  StoreDamaged,
} from '../ports/message-store.js'

/** Most queries that cross to the store in one call. */
const BATCH_MAX = 200

interface Waiting<Q, A> {
  readonly query: Q
  readonly resolve: (answer: A) => void
  readonly reject: (error: unknown) => void
}

/** Reads from the store with one call per turn, however many ask. */
export class StoreReader {
  private readonly headBatch: TurnBatch<string, Head | undefined>
  private readonly pageBatch: TurnBatch<PageQuery, Page>
  /** Head reads that have not begun: who asks now may share them, but never one that is under way. */
  private readonly heads = new Map<string, Promise<Head | undefined>>()

  constructor(
    environment: Pick<ServerEnvironment, 'nextTurn'>,
    store: Pick<MessageStore, 'heads' | 'pages'>,
  ) {
    this.headBatch = new TurnBatch(environment, (channelIds) => {
      for (const channelId of channelIds) this.heads.delete(channelId)
      return store.heads(channelIds)
    })
    this.pageBatch = new TurnBatch(environment, (queries) => store.pages(queries))
  }

  /** The head as it is after this call (R12, R14). */
  head(channelId: string): Promise<Head | undefined> {
    let reading = this.heads.get(channelId)
    if (reading === undefined) {
      reading = this.headBatch.ask(channelId)
      this.heads.set(channelId, reading)
    }
    return reading
  }

  page(query: PageQuery): Promise<Page> {
    return this.pageBatch.ask(query)
  }
}

class TurnBatch<Q, A> {
  private waiting: Waiting<Q, A>[] = []

  constructor(
    private readonly environment: Pick<ServerEnvironment, 'nextTurn'>,
    private readonly read: (queries: readonly Q[]) => Promise<readonly A[]>,
  ) {}

  ask(query: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ query, resolve, reject })
      if (this.waiting.length === 1) this.environment.nextTurn(() => this.go())
    })
  }

  private go(): void {
    const all = this.waiting
    this.waiting = []
    for (let i = 0; i < all.length; i += BATCH_MAX) void this.batch(all.slice(i, i + BATCH_MAX))
  }

  private async batch(batch: readonly Waiting<Q, A>[]): Promise<void> {
    try {
      const answers = await this.read(batch.map((one) => one.query))
      if (answers.length !== batch.length) throw new Error('the store answered too little')
      // `A` may be undefined itself, and the length was checked
      batch.forEach((one, i) => {
        one.resolve(answers[i] as A)
      })
    } catch (error) {
      // one channel that can never be read is not in the way of others
      if (error instanceof StoreDamaged && batch.length > 1) {
        const half = batch.length >> 1
        void this.batch(batch.slice(0, half))
        void this.batch(batch.slice(half))
      } else for (const one of batch) one.reject(error)
    }
  }
}
