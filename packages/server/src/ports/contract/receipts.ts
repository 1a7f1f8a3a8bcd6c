import assert from 'node:assert/strict'
import type { ReceiptRise, Receipts } from '../receipts.js'
import { type ContractRunner, casesOver } from './runner.js'

/** An adapter under test; each harness begins empty. */
export interface ReceiptsHarness {
  readonly receipts: Receipts
  /** The same as another process has it. */
  open(): Promise<Receipts>
  close(): Promise<void>
}

const rise = (seq: number, over: Partial<ReceiptRise> = {}): ReceiptRise => ({
  kind: 'read',
  channelId: 'c',
  userId: 'u',
  epoch: 1,
  seq,
  messageCount: seq,
  ...over,
})

const mark = (seq: number, epoch = 1, messageCount = seq) => ({ epoch, seq, messageCount })

/** What every Receipts must do. */
export function receiptsContract(
  name: string,
  makeHarness: () => Promise<ReceiptsHarness>,
  runner: ContractRunner,
): void {
  const test = casesOver(runner, makeHarness)

  runner.describe(`${name} keep how far everybody is`, () => {
    test('what one process raises every process reads', async ({ receipts, open }) => {
      const other = await open()
      await receipts.raise([rise(7, { messageCount: 5 })])
      const marks = [{ channelId: 'c', userId: 'u', read: mark(7, 1, 5) }]
      assert.deepEqual(await other.ofUser('u'), marks)
      assert.deepEqual(await other.inChannel('c', { limit: 10 }), marks)
      assert.deepEqual(await receipts.ofUser('nobody'), [])
      assert.deepEqual(await receipts.inChannel('none', { limit: 10 }), [])
    })

    test('a watermark does not go back, whoever comes late', async ({ receipts, open }) => {
      const other = await open()
      await receipts.raise([rise(100)])
      await other.raise([rise(99)])
      await receipts.raise([rise(9), rise(100), rise(20)])
      assert.deepEqual((await receipts.ofUser('u'))[0]?.read, mark(100))
    })

    test('of several rises in one call the furthest stays, in any order', async ({ receipts }) => {
      await receipts.raise([rise(3), rise(8), rise(5)])
      assert.deepEqual((await receipts.ofUser('u'))[0]?.read, mark(8))
    })

    test('rises at the same time all count', async ({ receipts, open }) => {
      const other = await open()
      const users = Array.from({ length: 20 }, (_, i) => `u${i}`)
      await Promise.all(
        Array.from({ length: 10 }, (_, round) => {
          const order = round % 2 === 0 ? users : [...users].reverse()
          const seqs = order.map((userId) =>
            rise(((round * 7 + users.indexOf(userId)) % 10) + 1, { userId }),
          )
          return (round % 3 === 0 ? other : receipts).raise(seqs)
        }),
      )
      const marks = await receipts.inChannel('c', { limit: 100 })
      assert.equal(marks.length, users.length)
      for (const one of marks) assert.equal(one.read?.seq, 10, one.userId)
    })

    test('R10: a newer epoch counts though its number is lower, and an older one does not come back', async ({
      receipts,
    }) => {
      await receipts.raise([rise(100)])
      await receipts.raise([rise(40, { epoch: 2 })])
      await receipts.raise([rise(200)])
      assert.deepEqual((await receipts.ofUser('u'))[0]?.read, mark(40, 2))
    })

    test('read and delivered are two watermarks', async ({ receipts }) => {
      await receipts.raise([rise(3), rise(9, { kind: 'delivered' })])
      await receipts.raise([rise(5, { kind: 'delivered' }), rise(4)])
      const [marks] = await receipts.ofUser('u')
      assert.deepEqual([marks?.read, marks?.delivered], [mark(4), mark(9)])
      await receipts.raise([rise(1, { kind: 'delivered', userId: 'v' }), rise(1, { userId: 'w' })])
      assert.equal((await receipts.ofUser('v'))[0]?.read, undefined)
      assert.equal((await receipts.ofUser('w'))[0]?.delivered, undefined)
    })

    test('a channel is read in pages, ascending by user', async ({ receipts }) => {
      const users = ['d', 'a', 'c', 'b', 'e']
      await receipts.raise(users.map((userId) => rise(1, { userId })))
      await receipts.raise([rise(1, { userId: 'z', channelId: 'other' })])
      const read = async (after?: string) =>
        (await receipts.inChannel('c', { limit: 2, ...(after && { after }) })).map(
          ({ userId }) => userId,
        )
      assert.deepEqual(await read(), ['a', 'b'])
      assert.deepEqual(await read('b'), ['c', 'd'])
      assert.deepEqual(await read('d'), ['e'])
      assert.deepEqual(await read('e'), [])
    })

    test('counts who is at least so far, by epoch and number', async ({ receipts }) => {
      await receipts.raise([
        rise(3, { userId: 'a' }),
        rise(4, { userId: 'b' }),
        rise(1, { userId: 'c', epoch: 2 }),
        rise(9, { userId: 'a', kind: 'delivered' }),
        rise(9, { userId: 'z', channelId: 'other' }),
      ])
      const reached = (seq: number, epoch = 1) => receipts.reached('c', { epoch, seq })
      assert.deepEqual(await reached(3), { read: 3, delivered: 1 })
      assert.deepEqual(await reached(4), { read: 2, delivered: 1 })
      assert.deepEqual(await reached(10), { read: 1, delivered: 0 })
      assert.deepEqual(await reached(1, 2), { read: 1, delivered: 0 })
      assert.deepEqual(await reached(2, 2), { read: 0, delivered: 0 })
    })

    test('one user has as many channels as there are, and raising nothing is nothing', async ({
      receipts,
    }) => {
      await receipts.raise([])
      const channelIds = Array.from({ length: 700 }, (_, i) => `c${i}`)
      await receipts.raise(channelIds.map((channelId, i) => rise(i + 1, { channelId })))
      const found = new Map((await receipts.ofUser('u')).map((one) => [one.channelId, one.read]))
      assert.equal(found.size, channelIds.length)
      channelIds.forEach((channelId, i) => {
        assert.equal(found.get(channelId)?.seq, i + 1)
      })
    })

    test('ids are opaque: what looks alike is kept apart', async ({ receipts }) => {
      const odd = ['a', 'A', 'a ', 'é', 'e\u0301', '*', 'a:b', "'", '"', '%']
      await receipts.raise(odd.map((channelId, i) => rise(i + 1, { channelId, userId: channelId })))
      for (const [i, id] of odd.entries()) {
        assert.deepEqual(await receipts.ofUser(id), [
          { channelId: id, userId: id, read: mark(i + 1) },
        ])
      }
    })
  })
}
