import assert from 'node:assert/strict'
import type { KnownHead, KnownHeads } from '../known-heads.js'
import { type ContractRunner, casesOver } from './runner.js'

/** An adapter under test; each harness begins knowing nothing. */
export interface KnownHeadsHarness {
  readonly heads: KnownHeads
  /** The same as another process has it. */
  open(): Promise<KnownHeads>
  close(): Promise<void>
}

const head = (headSeq: number, over: Partial<KnownHead> = {}): KnownHead => ({
  channelId: 'c',
  epoch: 1,
  headSeq,
  oldestSeq: 1,
  ...over,
})

/** What every KnownHeads must do. */
export function knownHeadsContract(
  name: string,
  makeHarness: () => Promise<KnownHeadsHarness>,
  runner: ContractRunner,
): void {
  const test = casesOver(runner, makeHarness)

  runner.describe(`${name} know heads`, () => {
    test('what one process raises every process reads', async ({ heads, open }) => {
      const other = await open()
      await heads.raise([head(7)])
      assert.deepEqual(await other.read(['c']), [head(7)])
      await other.raise([head(8)])
      assert.deepEqual(await heads.read(['c']), [head(8)])
    })

    test('answers in the order asked, and nothing for what nobody raised', async ({ heads }) => {
      await heads.raise([head(1, { channelId: 'a' }), head(2, { channelId: 'b' })])
      const read = await heads.read(['b', 'none', 'a', 'b'])
      assert.deepEqual(
        read.map((one) => one?.headSeq),
        [2, undefined, 1, 2],
      )
      assert.deepEqual(await heads.read([]), [])
      await heads.raise([])
    })

    test('R12: a head does not go back, whoever comes late', async ({ heads, open }) => {
      const other = await open()
      await heads.raise([head(100)])
      await other.raise([head(99)])
      await heads.raise([head(9), head(100), head(20)])
      assert.deepEqual(await heads.read(['c']), [head(100)])
    })

    test('R10: a newer epoch counts though its number is lower, and an older one does not come back', async ({
      heads,
    }) => {
      await heads.raise([head(100)])
      await heads.raise([head(40, { epoch: 2 })])
      await heads.raise([head(200)])
      assert.deepEqual(await heads.read(['c']), [head(40, { epoch: 2 })])
      await heads.raise([head(41, { epoch: 2 })])
      assert.deepEqual(await heads.read(['c']), [head(41, { epoch: 2 })])
    })

    test('what retention has taken stays taken, also without a new number', async ({ heads }) => {
      await heads.raise([head(100)])
      await heads.raise([head(100, { oldestSeq: 50 })])
      await heads.raise([head(101)])
      assert.deepEqual(await heads.read(['c']), [head(101, { oldestSeq: 50 })])
    })

    test('ids are opaque: what looks alike is kept apart', async ({ heads }) => {
      const odd = ['a', 'A', 'a ', 'é', 'e\u0301', '*', 'a:b', '{a}', '}', '%7d']
      await heads.raise(odd.map((channelId, i) => head(i + 1, { channelId })))
      assert.deepEqual(
        (await heads.read(odd)).map((one) => [one?.channelId, one?.headSeq]),
        odd.map((channelId, i) => [channelId, i + 1]),
      )
    })
  })
}
