import assert from 'node:assert/strict'
import type { Page, PageQuery } from '../message-store.js'
import {
  mustNotLoad,
  type RecentEventsHarness,
  RecentWorld,
  textsOf,
} from './recent-events-support.js'
import { type ContractRunner, casesOver, eventuallyWithin, turns } from './runner.js'

/** What every RecentEvents must do. */
export function recentEventsContract(
  name: string,
  makeHarness: () => Promise<RecentEventsHarness>,
  runner: ContractRunner,
): void {
  const over = casesOver(runner, makeHarness)
  const test: Test = (title, body) =>
    over(title, async (harness) => body(harness, new RecentWorld(harness.newStore())))
  runner.describe(`${name} share pages`, () => {
    contentCases(test)
    sharingCases(test, runner)
    troubleCases(test)
  })
}

type Test = (
  title: string,
  body: (harness: RecentEventsHarness, world: RecentWorld) => Promise<void>,
) => void

function contentCases(test: Test): void {
  test('what one process has loaded every process gets without loading it', async (harness, world) => {
    await world.says(150)
    const other = await harness.open()
    const first = await harness.recent.page(world.query(), world.needs, world.load)
    assert.equal(first.source, 'store')
    const second = await other.page(world.query(), world.needs, mustNotLoad)
    assert.equal(second.source, 'recent')
    assert.deepEqual(second.page, first.page)
    assert.deepEqual(second.page, await world.direct(world.query()))
    assert.equal(world.loads.length, 1)
  })

  test('R14: whatever part is asked for is what the store would have answered', async ({
    recent,
  }, world) => {
    const { stream } = world
    for (let i = 0; i < 40; i++)
      stream
        .say(`a${i}`)
        .say(`b${i}`)
        .react(4 * i + 1, '👍', 'bob')
        .say(`c${i}`)
    await world.write()
    const head = stream.state.headSeq
    for (const direction of ['forward', 'backward'] as const) {
      for (const onlyMessages of [false, true]) {
        for (const limit of [1, 7, 100]) {
          for (const afterSeq of [
            0,
            10,
            head - 100,
            head - 99,
            head - 20,
            head - 1,
            head,
            head + 5,
          ]) {
            for (const beforeSeq of [undefined, 5, head - 60, head - 10, head, head + 1]) {
              const query = world.query({
                direction,
                onlyMessages,
                limit,
                afterSeq,
                ...(beforeSeq !== undefined && { beforeSeq }),
              })
              const { page } = await recent.page(query, world.needs, world.load)
              assert.deepEqual(page, await world.direct(query), JSON.stringify(query))
            }
          }
        }
      }
    }
    assert.ok(world.loads.length < 110, `${world.loads.length} loads`)
  })

  test('R9: who has seen an edit or a delete gets no page from before it', async (harness, world) => {
    await world.says(5)
    const other = await harness.open()
    await harness.recent.page(world.query(), world.needs, world.load)
    world.stream.edit(2, 'changed').remove(4)
    await world.write()
    const { page } = await other.page(world.query(), world.needs, world.load)
    assert.deepEqual(textsOf(page).slice(0, 5), ['1', 'changed', '3', undefined, '5'])
    assert.deepEqual(page, await world.direct(world.query()))
    // and from then on nobody does, also who has seen less
    const less = { ...world.needs, asOfSeq: 1 }
    const again = await harness.recent.page(world.query(), less, mustNotLoad)
    assert.deepEqual(again.page, page)
  })

  test('R9: the same of a range far below the head', async (harness, world) => {
    await world.says(300)
    const other = await harness.open()
    const query = world.query({ direction: 'forward', afterSeq: 10, limit: 20 })
    await harness.recent.page(query, world.needs, world.load)
    await other.page(query, world.needs, mustNotLoad)
    world.stream.remove(15)
    await world.write()
    const { page } = await other.page(query, world.needs, world.load)
    assert.equal(textsOf(page)[4], undefined)
    assert.deepEqual(page, await world.direct(query))
  })

  test('R10: nothing of an older epoch is answered to who knows a newer one', async ({
    recent,
  }, world) => {
    await world.says(5)
    await recent.page(world.query(), world.needs, world.load)
    world.stream.raiseEpoch(2, 3, 3)
    await world.says(2)
    const { page } = await recent.page(world.query(), world.needs, world.load)
    assert.deepEqual(textsOf(page), ['1', '2', '3', '4', '5'])
    assert.equal(page.asOf?.epoch, 2)
    assert.deepEqual(page, await world.direct(world.query()))
  })

  test('what retention has taken is not answered to who knows of it', async ({ recent }, world) => {
    await world.says(5)
    await recent.page(world.query(), world.needs, world.load)
    world.stream.raiseRetention(4)
    await world.write()
    const { page } = await recent.page(world.query(), world.needs, world.load)
    assert.deepEqual(textsOf(page), ['4', '5'])
  })

  test('channels are kept apart, however alike their names', async ({ recent, newStore }) => {
    for (const channelId of ['a', 'A', 'é', 'e\u0301', '*', '{a}', 'a:b', 'newest']) {
      const world = new RecentWorld(newStore(), channelId)
      await world.says(channelId.length)
      const { page } = await recent.page(world.query(), world.needs, world.load)
      assert.equal(page.asOf?.channelId, channelId)
      assert.equal(world.loads.length, 1)
    }
  })

  test('a channel without events is answered as the store does, and looked at again', async ({
    recent,
  }, world) => {
    const needs = { epoch: 1, asOfSeq: 0, oldestSeq: 1 }
    const { page } = await recent.page(world.query(), needs, world.load)
    assert.equal(page.asOf, undefined)
    await world.says(1)
    const later = await recent.page(world.query(), needs, world.load)
    assert.deepEqual(textsOf(later.page), ['1'])
  })
}

function sharingCases(test: Test, { patienceMs }: ContractRunner): void {
  const eventually = eventuallyWithin(patienceMs)
  /** Loads that wait until they are let go. */
  function gated(world: RecentWorld) {
    const gate = Promise.withResolvers<void>()
    const load = async (query: PageQuery): Promise<Page> => {
      world.loads.push(query)
      await gate.promise
      return world.direct(query)
    }
    return { load, open: () => gate.resolve(), fail: () => gate.reject(new Error('the store')) }
  }

  test('a storm over all processes loads each range once', async (harness, world) => {
    await world.says(300)
    const processes = [harness.recent, await harness.open(), await harness.open()]
    const { load, open } = gated(world)
    const far = world.query({ direction: 'forward', afterSeq: 20 })
    const near = (i: number) => world.query({ direction: 'forward', afterSeq: 300 - (i % 90) })
    const asked = Array.from({ length: 60 }, (_, i) => {
      const query = i % 2 === 0 ? far : near(i)
      const process = processes[i % 3] ?? harness.recent
      return process.page(query, world.needs, load).then(({ page }) => ({ query, page }))
    })
    await eventually('both are being loaded', () => world.loads.length === 2)
    await turns()
    open()
    for (const { query, page } of await Promise.all(asked)) {
      assert.deepEqual(page, await world.direct(query))
    }
    assert.equal(world.loads.length, 2)
  })

  test('a load that fails is told to who asked, and whoever waited for it loads', async (harness, world) => {
    await world.says(5)
    const other = await harness.open()
    const { load, fail } = gated(world)
    const failing = assert.rejects(
      harness.recent.page(world.query(), world.needs, load),
      /the store/,
    )
    await eventually('it is being loaded', () => world.loads.length === 1)
    const waiting = other.page(world.query(), world.needs, world.load)
    fail()
    await failing
    assert.deepEqual((await waiting).page, await world.direct(world.query()))
    const { page } = await harness.recent.page(world.query(), world.needs, world.load)
    assert.equal(page.events.length, 5)
  })

  test('a load that does not end holds nobody up for ever', async (harness, world) => {
    await world.says(5)
    const other = await harness.open()
    const { load, open } = gated(world)
    const stuck = harness.recent.page(world.query(), world.needs, load)
    await eventually('it is being loaded', () => world.loads.length === 1)
    const { page } = await other.page(world.query(), world.needs, world.load)
    assert.equal(page.events.length, 5)
    open()
    await stuck
  })

  test('R9: a load that ends late does not replace what is newer', async (harness, world) => {
    await world.says(5)
    const other = await harness.open()
    const before = await world.direct(world.query())
    const gate = Promise.withResolvers<void>()
    const needs = world.needs
    const stuck = harness.recent.page(world.query(), needs, async () => {
      world.loads.push(world.query())
      await gate.promise
      return before
    })
    await eventually('it is being loaded', () => world.loads.length === 1)
    world.stream.remove(3)
    await world.write()
    await other.page(world.query(), world.needs, world.load)
    gate.resolve()
    assert.deepEqual((await stuck).page, before)
    const { page } = await other.page(world.query(), world.needs, world.load)
    assert.equal(textsOf(page)[2], undefined)
  })
}

function troubleCases(test: Test): void {
  test('I7: nothing is kept for ever', async (harness, world) => {
    await world.says(5)
    await harness.recent.page(world.query(), world.needs, world.load)
    if (harness.endKeeping === undefined) return
    await harness.endKeeping()
    await harness.recent.page(world.query(), world.needs, world.load)
    assert.equal(world.loads.length, 2)
  })

  test('without its engine it loads, and rejects only when that does', async (harness, world) => {
    await world.says(5)
    await harness.recent.page(world.query(), world.needs, world.load)
    if (harness.breakEngine === undefined) return
    await harness.breakEngine()
    const { page, source } = await harness.recent.page(world.query(), world.needs, world.load)
    assert.equal(source, 'store')
    assert.equal(page.events.length, 5)
    await assert.rejects(
      harness.recent.page(world.query(), world.needs, mustNotLoad),
      /nothing was/,
    )
  })
}
