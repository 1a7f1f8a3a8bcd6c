import assert from 'node:assert/strict'
import type { Routes } from '../routes.js'
import { type ContractRunner, casesOver } from './runner.js'

/** An adapter under test. */
export interface RoutesHarness {
  readonly routes: Routes
  /** Lets the lease of a process end, as its death would; left out where a lease cannot end. */
  endLease?(processId: string): Promise<void>
  /** Makes the adapter unable to tell; left out where it always can. */
  breakEngine?(): Promise<void>
  close(): Promise<void>
}

/** What every Routes must do. */
export function routesContract(
  name: string,
  makeHarness: () => Promise<RoutesHarness>,
  runner: ContractRunner,
): void {
  const over = casesOver(runner, makeHarness)
  const test = (title: string, body: (routes: Routes, harness: RoutesHarness) => Promise<void>) =>
    over(title, async (harness) => body(harness.routes, harness))
  const lookup = async (routes: Routes, channelIds: readonly string[]) =>
    (await routes.lookup(channelIds)).map((processes) => [...processes].sort())
  const join = async (routes: Routes, processId: string, channelIds: readonly string[]) => {
    await routes.renew(processId)
    await routes.assert(processId, channelIds)
  }

  runner.describe(`${name} are routes`, () => {
    test('R12: a route is registered when assert resolves', async (routes) => {
      await join(routes, 'p1', ['general'])
      assert.deepEqual(await lookup(routes, ['general']), [['p1']])
    })

    test('answers in the order asked, each process once, and nobody for an unknown channel', async (routes) => {
      await join(routes, 'p1', ['a', 'b'])
      await join(routes, 'p2', ['b', 'c'])
      await routes.assert('p2', ['b'])
      const found = await lookup(routes, ['c', 'none', 'b', 'a', 'b'])
      assert.deepEqual(found, [['p2'], [], ['p1', 'p2'], ['p1'], ['p1', 'p2']])
      assert.deepEqual(await lookup(routes, []), [])
    })

    test('a withdrawn route leads nowhere, others stay, and it can be registered again', async (routes) => {
      await join(routes, 'p1', ['a', 'b'])
      await join(routes, 'p2', ['a'])
      await routes.withdraw('p1', ['a', 'never'])
      assert.deepEqual(await lookup(routes, ['a', 'b']), [['p2'], ['p1']])
      await routes.assert('p1', ['a'])
      assert.deepEqual(await lookup(routes, ['a']), [['p1', 'p2']])
    })

    test('a process that leaves takes all its routes with it', async (routes) => {
      await join(routes, 'p1', ['a', 'b'])
      await join(routes, 'p2', ['a'])
      await routes.leave('p1')
      assert.deepEqual(await lookup(routes, ['a', 'b']), [['p2'], []])
    })

    test('ids are opaque: what looks alike is kept apart', async (routes) => {
      const odd = ['a', 'A', 'a ', 'é', 'e\u0301', '*', 'a:b', '{a}']
      for (const [i, channelId] of odd.entries()) await join(routes, `p${i}`, [channelId])
      assert.deepEqual(
        await lookup(routes, odd),
        odd.map((_, i) => [`p${i}`]),
      )
    })

    test('R13: a renewal says how long the lease lasts', async (routes) => {
      const { leaseMs } = await routes.renew('p1')
      assert.ok(leaseMs > 0)
    })

    test('R13: routes of a process end with its lease, and come back with its next sweep', async (routes, harness) => {
      await join(routes, 'p1', ['a'])
      await join(routes, 'p2', ['a'])
      if (harness.endLease === undefined) return
      await harness.endLease('p1')
      assert.deepEqual(await lookup(routes, ['a']), [['p2']])
      await join(routes, 'p1', ['a'])
      assert.deepEqual(await lookup(routes, ['a']), [['p1', 'p2']])
    })

    test('R12: when it cannot tell, every living process is meant', async (routes, harness) => {
      await join(routes, 'p1', ['a'])
      await join(routes, 'p2', ['b'])
      if (harness.breakEngine === undefined) return
      await harness.breakEngine()
      assert.deepEqual(await lookup(routes, ['a', 'none']), [
        ['p1', 'p2'],
        ['p1', 'p2'],
      ])
    })
  })
}
