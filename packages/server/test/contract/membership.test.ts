import { describe, it } from 'vitest'
import { createMemoryPushBus } from '../../src/adapters/memory/push.js'
import { droppedEverywhere } from '../../src/membership/everywhere.js'
import { createMembershipCache } from '../../src/membership/membership-cache.js'
import {
  type MembershipHarness,
  type MembershipSource,
  membershipCacheContract,
} from '../../src/ports/contract/membership.js'
import type { Membership, MembershipCache } from '../../src/ports/membership.js'
import { refuses } from './refused.js'

type Make = (directory: MembershipSource) => MembershipCache

const harness =
  (make: Make) =>
  async (directory: MembershipSource): Promise<MembershipHarness> => {
    const cache = make(directory)
    return { open: async () => cache, close: async () => undefined }
  }

interface Wrong {
  readonly make: (directory: MembershipSource) => Promise<MembershipHarness>
  readonly fails: RegExp
}

/** Keeps whatever answer comes, whenever it comes. */
function careless(directory: MembershipSource): MembershipCache {
  const right = createMembershipCache(directory)
  const kept = new Map<string, Membership | undefined>()
  return {
    ...right,
    async get(channelId, userId) {
      const key = `${channelId}\n${userId}`
      if (kept.has(key)) return kept.get(key)
      const answer = await directory.membership(channelId, userId)
      kept.set(key, answer)
      return answer
    },
    async invalidate(changes) {
      for (const { channelId, userId } of changes) kept.delete(`${channelId}\n${userId}`)
      await right.invalidate(changes)
    },
  }
}

/** Each breaks one MUST of the port, and only that. */
const WRONG: Readonly<Record<string, Wrong>> = {
  'keeps an answer that an invalidation overtook': {
    make: harness((directory) => {
      const right = careless(directory)
      const reads = new Map<string, Promise<Membership | undefined>>()
      return {
        ...right,
        get(channelId, userId) {
          const key = `${channelId}\n${userId}`
          const running = reads.get(key) ?? right.get(channelId, userId)
          reads.set(key, running)
          running.then(
            () => reads.delete(key),
            () => reads.delete(key),
          )
          return running
        },
      }
    }),
    fails: /^I8, R13: an answer that an invalidation overtook/,
  },
  'invalidates some time later': {
    make: harness((directory) => {
      const right = createMembershipCache(directory)
      return {
        ...right,
        async invalidate(changes) {
          setImmediate(() => {
            right.invalidate(changes).catch(() => undefined)
          })
        },
      }
    }),
    fails: /^I8, R13: what was invalidated/,
  },
  'invalidates in one process only': {
    make: async (directory) => ({
      open: async () => createMembershipCache(directory),
      close: async () => undefined,
    }),
    fails: /^I8, R13: what was invalidated is not answered any more, in any process/,
  },
  'answers fresh from what it keeps': {
    make: harness((directory) => {
      const right = createMembershipCache(directory)
      const kept = new Map<string, Promise<readonly Membership[]>>()
      return {
        ...right,
        fresh(userId) {
          const answer = kept.get(userId) ?? right.fresh(userId)
          kept.set(userId, answer)
          return answer
        },
      }
    }),
    fails: /^R13: fresh is read/,
  },
  'never lets a removed member be one again': {
    make: harness((directory) => {
      const right = createMembershipCache(directory)
      const strangers = new Set<string>()
      return {
        ...right,
        async get(channelId, userId) {
          const key = `${channelId}\n${userId}`
          if (strangers.has(key)) return undefined
          const answer = await right.get(channelId, userId)
          if (answer === undefined) strangers.add(key)
          return answer
        },
      }
    }),
    fails: /^I8: who is invalidated as no member/,
  },
  'asks the directory each time': {
    make: harness((directory) => ({
      ...createMembershipCache(directory),
      get: (channelId, userId) => directory.membership(channelId, userId),
    })),
    fails: /^asks the directory once/,
  },
}

membershipCacheContract('the cache in memory', harness(createMembershipCache), { describe, it })

membershipCacheContract(
  'the cache of each of several processes',
  async (directory) => {
    const bus = createMemoryPushBus()
    let processes = 0
    return {
      async open() {
        processes += 1
        const local = createMembershipCache(directory)
        bus.register(`p${processes}`, {
          receive: () => undefined,
          confirmRemoval: async () => undefined,
          invalidate: (changes) => local.invalidate(changes),
        })
        return droppedEverywhere(local, bus, `p${processes}`)
      },
      close: async () => undefined,
    }
  },
  { describe, it },
)

refuses('a membership cache that', WRONG, ({ make }, name) => (runner) => {
  membershipCacheContract(name, make, runner)
})
