import { describe, it } from 'vitest'
import { createMemoryMessageStore } from '../../src/adapters/memory/message-store.js'
import { createMemoryRecentEngine } from '../../src/adapters/memory/recent-events.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import type { RecentEngine } from '../../src/adapters/recent-events/engine.js'
import { createRecentEvents } from '../../src/adapters/recent-events/recent-events.js'
import { recentEventsContract } from '../../src/ports/contract/recent-events.js'
import type { RecentEventsHarness } from '../../src/ports/contract/recent-events-support.js'
import type { RecentEvents, RecentPage } from '../../src/ports/recent-events.js'
import { refuses } from './refused.js'

interface Broken {
  readonly engine?: (engine: RecentEngine) => RecentEngine
  readonly recent?: (recent: RecentEvents) => RecentEvents
  readonly waitMs?: number
}

/** The pages in memory under test, perhaps with something broken inside or around them. */
const harness =
  ({ engine = (one) => one, recent = (one) => one, waitMs = 100 }: Broken = {}) =>
  async (): Promise<RecentEventsHarness> => {
    let shiftMs = 0
    let away = false
    const environment = {
      ...nodeEnvironment,
      monotonicNow: () => nodeEnvironment.monotonicNow() + shiftMs,
    }
    const right = engine(createMemoryRecentEngine({ environment }))
    const whenThere =
      <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
      async (...args: A): Promise<T> => {
        if (away) throw new Error('connection refused')
        return call(...args)
      }
    const shared: RecentEngine = {
      claim: whenThere(right.claim),
      publish: whenThere(right.publish),
      abandon: whenThere(right.abandon),
    }
    const open = () => recent(createRecentEvents(shared, { environment, waitMs }))
    return {
      recent: open(),
      open: async () => open(),
      newStore: createMemoryMessageStore,
      async endKeeping() {
        shiftMs += 3_600_001
      },
      async breakEngine() {
        away = true
      },
      close: async () => undefined,
    }
  }

interface Wrong extends Broken {
  readonly fails: RegExp
}

/** Each breaks one MUST of the port, and only that. */
const WRONG: Readonly<Record<string, Wrong>> = {
  'answer whatever head a page is as of': {
    engine: (engine) => ({
      ...engine,
      claim: (key, needs, ...rest) => engine.claim(key, { ...needs, asOfSeq: 0 }, ...rest),
    }),
    fails: /^R9: who has seen an edit or a delete/,
  },
  'know no epochs': {
    engine: (engine) => ({
      claim: (key, needs, ...rest) =>
        engine.claim({ ...key, epoch: 1 }, { ...needs, epoch: 1 }, ...rest),
      publish: (key, ...rest) => engine.publish({ ...key, epoch: 1 }, ...rest),
      abandon: (key, ...rest) => engine.abandon({ ...key, epoch: 1 }, ...rest),
    }),
    fails: /^R10: nothing of an older epoch/,
  },
  'do not look at retention': {
    engine: (engine) => ({
      ...engine,
      claim: (key, needs, ...rest) => engine.claim(key, { ...needs, oldestSeq: 0 }, ...rest),
    }),
    fails: /^what retention has taken/,
  },
  'let everybody load': {
    engine: (engine) => ({
      ...engine,
      async claim(...given) {
        const claimed = await engine.claim(...given)
        return claimed.kind === 'wait' ? { kind: 'load' } : claimed
      },
    }),
    fails: /^a storm over all processes loads each range once/,
  },
  'answer all the newest events to whoever asks for some': {
    recent: (recent) => ({
      page: ({ channelId }, needs, load) =>
        recent.page({ channelId, direction: 'backward', limit: 100 }, needs, load),
    }),
    fails: /^R14: whatever part is asked for/,
  },
  'keep the right of a load that failed': {
    engine: (engine) => ({ ...engine, abandon: async () => undefined }),
    waitMs: 5_000,
    fails: /^a load that fails is told to who asked/,
  },
  'wait as long as it takes': {
    waitMs: 3_600_000,
    fails: /^a load that does not end/,
  },
  'keep pages for ever': {
    engine: (engine) => ({
      ...engine,
      publish: (key, owner, page) => engine.publish(key, owner, page, 1e12),
    }),
    fails: /^I7: nothing is kept for ever/,
  },
  'throw when their engine is away': {
    recent(recent) {
      return {
        async page(query, needs, load): Promise<RecentPage> {
          const seen = await recent.page(query, needs, load)
          if (seen.source === 'store' && asked++ > 0) throw new Error('connection refused')
          return seen
        },
      }
    },
    fails: /^without its engine/,
  },
}
let asked = 0

recentEventsContract('the pages in memory', harness({ waitMs: 700 }), { describe, it })

refuses('pages that', WRONG, ({ fails: _, ...broken }, name) => (runner) => {
  asked = 0
  recentEventsContract(name, harness(broken), runner)
})
