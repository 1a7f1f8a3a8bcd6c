import { describe, it } from 'vitest'
import { createMemoryKnownHeads } from '../../src/adapters/memory/known-heads.js'
import { type KnownHeadsHarness, knownHeadsContract } from '../../src/ports/contract/known-heads.js'
import type { KnownHead, KnownHeads } from '../../src/ports/known-heads.js'
import { refuses } from './refused.js'

const harness =
  (make: () => KnownHeads, isShared = true) =>
  async (): Promise<KnownHeadsHarness> => {
    const heads = make()
    return { heads, open: async () => (isShared ? heads : make()), close: async () => undefined }
  }

/** Heads that keep what `choose` says. */
function choosing(choose: (before: KnownHead, next: KnownHead) => KnownHead) {
  return (): KnownHeads => {
    const known = new Map<string, KnownHead>()
    return {
      async raise(heads) {
        for (const head of heads) {
          const before = known.get(head.channelId)
          known.set(head.channelId, before === undefined ? head : choose(before, head))
        }
      },
      read: async (channelIds) => channelIds.map((channelId) => known.get(channelId)),
    }
  }
}

const WRONG: Readonly<Record<string, { make: () => Promise<KnownHeadsHarness>; fails: RegExp }>> = {
  'keep whatever came last': {
    make: harness(choosing((_, next) => next)),
    fails: /^R12: a head does not go back/,
  },
  'look at the number alone': {
    make: harness(choosing((before, next) => (next.headSeq > before.headSeq ? next : before))),
    fails: /^R10: a newer epoch counts/,
  },
  'forget retention with the next number': {
    make: harness(
      choosing((before, next) =>
        next.epoch * 1e6 + next.headSeq >= before.epoch * 1e6 + before.headSeq ? next : before,
      ),
    ),
    fails: /^what retention has taken/,
  },
  'keep to themselves what they know': {
    make: harness(createMemoryKnownHeads, false),
    fails: /^what one process raises every process reads/,
  },
  'leave out what they do not know': {
    make: harness(() => {
      const heads = createMemoryKnownHeads()
      return {
        ...heads,
        read: async (ids) => (await heads.read(ids)).filter((one) => one !== undefined),
      }
    }),
    fails: /^answers in the order asked/,
  },
}

knownHeadsContract('the heads in memory', harness(createMemoryKnownHeads), { describe, it })

refuses('heads that', WRONG, ({ make }, name) => (runner) => {
  knownHeadsContract(name, make, runner)
})
