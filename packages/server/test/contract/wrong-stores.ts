import type { ChannelEvent } from '@tidings/protocol'
import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { StoreTables } from '../../src/adapters/memory/store-tables.js'
import type { StoreHarness } from '../../src/ports/contract/message-store.js'
import {
  type Head,
  type LoadRequest,
  type MessageStore,
  type Page,
  type PageQuery,
  StoreConflict,
} from '../../src/ports/message-store.js'
import type { Effect } from '../../src/stream/event.js'
import { comparePositions } from '../../src/stream/position.js'
import type { WriteStep } from '../../src/stream/write-steps.js'
import { memoryStoreHarness } from './memory-store.js'
import { WRONG_WINDOWS } from './wrong-windows.js'

export interface WrongStore {
  readonly make: () => Promise<StoreHarness>
  readonly transactional: boolean
  /** A case that must fail, by a part of its title. */
  readonly fails: RegExp
}

type Wrap = (store: MessageStore) => MessageStore

const END = { generation: 1_000, partition: 0, offset: 0 }
const atEnd = (request: LoadRequest): LoadRequest => ({ ...request, below: END })

const wrong = (wrap: Wrap, fails: RegExp, writes: 'steps' | 'whole' = 'whole'): WrongStore => ({
  make: memoryStoreHarness(writes, wrap),
  transactional: writes === 'whole',
  fails,
})

/** Changes the pages of a store. */
const pagesOf =
  (change: (page: Page, query: PageQuery) => Page, ask = (query: PageQuery) => query): Wrap =>
  (store) => ({
    ...store,
    async pages(queries) {
      const pages = await store.pages(queries.map(ask))
      return pages.map((page, i) => {
        const query = queries[i]
        return query === undefined ? page : change(page, query)
      })
    },
  })

/** Gives effects of a kind the time of their arrival instead of their command's position. */
function byArrival(kind: Effect['kind'], fails: RegExp): WrongStore {
  const make = async (): Promise<StoreHarness> => {
    const tables = new StoreTables()
    let arrivals = 500_000
    const arrived = (effect: Effect): Effect =>
      effect.kind === kind
        ? { ...effect, position: { ...effect.position, offset: arrivals++ } }
        : effect
    const onStep = (step: WriteStep) =>
      tables.apply('effects' in step ? { ...step, effects: step.effects.map(arrived) } : step)
    return {
      open: async () => createMemoryMessageStore({ tables, onStep }),
      close: async () => undefined,
    }
  }
  return { make, transactional: false, fails }
}

/** Each breaks one MUST of the port, and only that. */
export const WRONG_STORES: Readonly<Record<string, WrongStore>> = {
  ...WRONG_WINDOWS,
  'forgets what it wrote when it is closed': {
    transactional: true,
    fails: /^I1: /,
    make: async () => ({
      open: async (generation) =>
        createMemoryMessageStore({ tables: new StoreTables(), writes: 'whole', generation }),
      close: async () => undefined,
    }),
  },
  'lets the edit that arrives last win': byArrival('edit', /^I5: a late write/),
  'counts a reply at every write': byArrival('reply', /^R2: a batch written twice/),
  'writes without checking what was expected': wrong(
    (store) => ({
      ...store,
      async write(batch) {
        const channels = batch.runs.map((run) => run.channelId)
        const now = await store.load({ below: END, channels, ids: [], targets: [] })
        const runs = batch.runs.map((run, i) => ({ ...run, expected: now.channels[i]?.stored }))
        await store.write({ ...batch, runs })
      },
    }),
    /^R6: a batch that expects .* is a StoreConflict/,
  ),
  'remembers the ids of a batch that it refuses': wrong(
    (store) => ({
      ...store,
      async write(batch) {
        await store.write({ ...batch, runs: [] })
        await store.write(batch)
      },
    }),
    /^R6: a batch that expects .* changes nothing/,
  ),
  'does not look for the ids that were taken for unknown': wrong(
    (store) => ({ ...store, write: (batch) => store.write({ ...batch, unknown: undefined }) }),
    /^R4: a batch that takes a known id/,
  ),
  'finds ids at the position too': wrong(
    (store) => ({
      ...store,
      write: ({ unknown, ...batch }) =>
        store.write(
          unknown === undefined ? batch : { ...batch, unknown: { ...unknown, below: END } },
        ),
    }),
    /^R2, R4: an id that is known only at or above/,
  ),
  'lets the owner of an older generation write': {
    transactional: true,
    fails: /^R10: the owner of an older generation/,
    make: async () => {
      const tables = new StoreTables()
      return {
        open: async () => createMemoryMessageStore({ tables, writes: 'whole' }),
        close: async () => undefined,
      }
    },
  },
  'keeps one row of an id': wrong(
    (store) => ({
      ...store,
      async load(request) {
        const loaded = await store.load(request)
        const { ids } = await store.load(atEnd(request))
        const known = ids.map((row) =>
          row && comparePositions(row.position, request.below) < 0 ? row : undefined,
        )
        return { ...loaded, ids: known }
      },
    }),
    /^R4: rows of one id stand side by side/,
  ),
  'knows ids that a sequencer ahead has written': wrong(
    (store) => ({
      ...store,
      async load(request) {
        const loaded = await store.load(request)
        return { ...loaded, ids: (await store.load(atEnd(request))).ids }
      },
    }),
    /^R4: an id is known below/,
  ),
  'tells the newest state instead of the one below': wrong(
    (store) => ({
      ...store,
      async load(request) {
        const loaded = await store.load(request)
        const { channels } = await store.load(atEnd(request))
        return {
          ...loaded,
          channels: loaded.channels.map((channel, i) => ({
            ...channel,
            state: channels[i]?.state,
          })),
        }
      },
    }),
    /^R2: the state is that of the last row below/,
  ),
  'tells a reaction as it is now': wrong(
    (store) => ({
      ...store,
      async load(request) {
        const loaded = await store.load(request)
        const { targets } = await store.load(atEnd(request))
        return {
          ...loaded,
          targets: loaded.targets.map(
            (target, i) =>
              target && { ...target, reactionPresent: targets[i]?.reactionPresent === true },
          ),
        }
      },
    }),
    /^R5: a reaction is told as of its last change below/,
  ),
  'answers heads in an order of its own': wrong(
    (store) => ({
      ...store,
      heads: async (channelIds) => store.heads([...channelIds].sort()),
    }),
    /^heads are answered in the order asked/,
  ),
  'lets a late write put the head back': wrong((store) => {
    const heads = new Map<string, Head>()
    return {
      ...store,
      async write(batch) {
        await store.write(batch)
        for (const { channelId, state } of batch.runs) heads.set(channelId, { ...state, channelId })
      },
      heads: async (channelIds) => channelIds.map((channelId) => heads.get(channelId)),
    }
  }, /^I5: /),
  'takes the lower bound of a page as inclusive': wrong(
    pagesOf(
      (page) => page,
      (query) =>
        query.afterSeq === undefined
          ? query
          : { ...query, afterSeq: Math.max(0, query.afterSeq - 1) },
    ),
    /^I6: both bounds are exclusive/,
  ),
  'never says that more follows': wrong(
    pagesOf((page) => ({ ...page, hasMore: false })),
    /^I6: forward pages cover the range/,
  ),
  'skips an event silently': wrong(
    pagesOf((page) => ({ ...page, events: page.events.filter((_, i) => i !== 1) })),
    /^I6: /,
  ),
  'answers backward pages newest first': wrong(
    pagesOf((page, { direction }) =>
      direction === 'backward' ? { ...page, events: [...page.events].reverse() } : page,
    ),
    /^I6: backward pages/,
  ),
  'counts every event where messages were asked for': wrong(
    pagesOf(
      (page, { onlyMessages }) =>
        onlyMessages
          ? { ...page, events: page.events.filter((event) => event.type === 'message.new') }
          : page,
      (query) => ({ ...query, onlyMessages: false }),
    ),
    /^I6: only messages/,
  ),
  'serves messages as they were pushed': wrong((store) => {
    const pushed = new Map<string, ChannelEvent>()
    const key = (channelId: string, seq: number) => `${channelId} ${seq}`
    return {
      ...store,
      async write(batch) {
        await store.write(batch)
        for (const row of batch.runs.flatMap((run) => run.rows)) {
          pushed.set(key(row.channelId, row.channelSeq), row.event)
        }
      },
      async pages(queries) {
        const pages = await store.pages(queries)
        return pages.map((page) => ({
          ...page,
          events: page.events.map((e) => pushed.get(key(e.channel_id, e.channel_seq)) ?? e),
        }))
      },
    }
  }, /^R9: a deleted message is a tombstone/),
  'writes the last number of a run before the others': wrong(
    (store) => ({
      ...store,
      async write(batch) {
        const runs = batch.runs.map((run) => ({ ...run, rows: run.rows.slice(-1), effects: [] }))
        await store.write({ ...batch, runs, ids: [] })
        await store.write(batch)
      },
    }),
    /^I4: no reader ever sees/,
    'steps',
  ),
  'refuses with an error of its own': wrong(
    (store) => ({
      ...store,
      write: (batch) =>
        store.write(batch).catch((error: unknown) => {
          throw error instanceof StoreConflict ? new Error('constraint failed') : error
        }),
    }),
    /^R10: the owner of an older generation/,
  ),
}
