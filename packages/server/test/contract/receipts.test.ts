import { describe, it } from 'vitest'
import { createMemoryReceipts } from '../../src/adapters/memory/receipts.js'
import { type ReceiptsHarness, receiptsContract } from '../../src/ports/contract/receipts.js'
import type { ReceiptRise, Receipts } from '../../src/ports/receipts.js'
import { refuses } from './refused.js'

const harness =
  (make: () => Receipts, isShared = true) =>
  async (): Promise<ReceiptsHarness> => {
    const receipts = make()
    return {
      receipts,
      open: async () => (isShared ? receipts : make()),
      close: async () => undefined,
    }
  }

/** Receipts that are told other rises than were made. */
const telling = (choose: (rises: readonly ReceiptRise[]) => readonly ReceiptRise[]) => () => {
  const receipts = createMemoryReceipts()
  return { ...receipts, raise: (rises: readonly ReceiptRise[]) => receipts.raise(choose(rises)) }
}

/** Receipts that keep whatever came last: every rise is made higher than what is there. */
function keepingTheLast(): Receipts {
  let current = createMemoryReceipts()
  const kept = new Map<string, ReceiptRise>()
  return {
    async raise(rises) {
      for (const rise of rises) kept.set(`${rise.kind} ${rise.userId} ${rise.channelId}`, rise)
      current = createMemoryReceipts()
      await current.raise([...kept.values()])
    },
    ofUser: (userId) => current.ofUser(userId),
    inChannel: (channelId, cursor) => current.inChannel(channelId, cursor),
    reached: (channelId, mark) => current.reached(channelId, mark),
  }
}

const WRONG: Readonly<Record<string, { make: () => Promise<ReceiptsHarness>; fails: RegExp }>> = {
  'keep whatever came last': {
    make: harness(keepingTheLast),
    fails: /^a watermark does not go back/,
  },
  'look at the number alone': {
    make: harness(telling((rises) => rises.map((rise) => ({ ...rise, epoch: 1 })))),
    fails: /^R10: a newer epoch counts/,
  },
  'take the first of several': {
    make: harness(telling((rises) => rises.slice(0, 1))),
    fails: /^of several rises in one call the furthest stays/,
  },
  'call what is read delivered too': {
    make: harness(
      telling((rises) => rises.flatMap((rise) => [rise, { ...rise, kind: 'delivered' as const }])),
    ),
    fails: /^read and delivered are two watermarks/,
  },
  'keep to themselves what they know': {
    make: harness(createMemoryReceipts, false),
    fails: /^what one process raises every process reads/,
  },
}

receiptsContract('the receipts in memory', harness(createMemoryReceipts), { describe, it })

refuses('receipts that', WRONG, ({ make }, name) => (runner) => {
  receiptsContract(name, make, runner)
})
