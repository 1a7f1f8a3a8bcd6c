import assert from 'node:assert/strict'
import { type StoredMarks, StoreGoneBack } from '../stored-marks.js'
import { type ContractRunner, casesOver } from './runner.js'

/** An adapter under test, over marks that are its own and empty at first. */
export interface StoredMarksHarness {
  /** The marks as another process has them; in one process it may be the same object. */
  open(): Promise<StoredMarks>
  /** Ends everything that has them open, as a crash would, and opens them anew; left out where nothing outlives it. */
  restart?(): Promise<StoredMarks>
  close(): Promise<void>
}

const PLACE = { generation: 1, partition: 0 }
const at = (offset: number, place = PLACE) => ({ ...place, offset })

/** What every StoredMarks must do. */
export function storedMarksContract(
  name: string,
  makeHarness: () => Promise<StoredMarksHarness>,
  runner: ContractRunner,
): void {
  const test: MarksCase = casesOver(runner, makeHarness)
  runner.describe(`${name} keeps how far the log is stored`, () => {
    markCases(test)
    lostCases(test)
  })
}

type MarksCase = (title: string, body: (harness: StoredMarksHarness) => Promise<void>) => void

function markCases(test: MarksCase): void {
  test('R8: a mark is there, for every process, when raise resolves', async ({ open }) => {
    const [one, other] = [await open(), await open()]
    assert.equal(await other.read(PLACE), 0)
    await one.raise(at(9), 0)
    assert.equal(await other.read(PLACE), 9)
    await other.raise(at(10), 9)
    assert.equal(await one.read(PLACE), 10)
    assert.equal(await one.read(PLACE, { confirm: true }), 10)
  })

  test('R8, R10: the marks of each partition of each generation are apart', async ({ open }) => {
    const marks = await open()
    const places = [1, 2, 12].flatMap((generation) =>
      [0, 1, 11].map((partition) => ({ generation, partition })),
    )
    for (const [i, place] of places.entries()) await marks.raise(at(100 - i, place), 0)
    await marks.raise(at(500, places[4]), 96)
    for (const [i, place] of places.entries()) {
      assert.equal(await marks.read(place), i === 4 ? 500 : 100 - i)
    }
    assert.equal(await marks.read({ generation: 3, partition: 0 }), 0)
    assert.equal(await marks.read({ generation: 1, partition: 2 }), 0)
  })

  test('I5: a mark that comes late lowers nothing', async ({ open }) => {
    const [one, zombie] = [await open(), await open()]
    await zombie.raise(at(9), 0)
    await one.raise(at(1_000), 9)
    await zombie.raise(at(20), 9)
    assert.equal(await one.read(PLACE), 1_000)
    await zombie.raise(at(10), 0)
    assert.equal(await zombie.read(PLACE), 1_000)
  })

  test('R2: a mark may be raised again, and by several at once', async ({ open }) => {
    const marks = [await open(), await open()]
    await marks[0]?.raise(at(5), 0)
    await marks[0]?.raise(at(5), 0)
    await marks[0]?.raise(at(5), 5)
    await Promise.all(
      Array.from({ length: 12 }, (_, i) => marks[i % 2]?.raise(at(6 + ((i * 5) % 12)), 5)),
    )
    for (const one of marks) assert.equal(await one.read(PLACE), 17)
  })

  test('a mark may be as high as an offset gets', async ({ open }) => {
    const marks = await open()
    const highest = 2 ** 40 - 1
    await marks.raise(at(highest - 1), 0)
    await marks.raise(at(highest), highest - 1)
    assert.equal(await marks.read(PLACE), highest)
  })

  test('I1: marks outlive every process', async ({ open, restart }) => {
    const marks = await open()
    await marks.raise(at(7), 0)
    if (restart === undefined) return
    const after = await restart()
    assert.equal(await after.read(PLACE), 7)
    await after.raise(at(8), 7)
    assert.equal(await after.read(PLACE), 8)
  })
}

function lostCases(test: MarksCase): void {
  test('R8: who has seen a higher mark than is there is told that the store has gone back, and changes nothing', async ({
    open,
  }) => {
    const marks = await open()
    await assert.rejects(marks.raise(at(20), 10), StoreGoneBack)
    assert.equal(await marks.read(PLACE), 0)
    await marks.raise(at(9), 0)
    await assert.rejects(marks.raise(at(20), 10), StoreGoneBack)
    await assert.rejects(marks.raise(at(10), 10), StoreGoneBack)
    assert.equal(await marks.read(PLACE), 9)
    await marks.raise(at(10), 9)
    assert.equal(await marks.read(PLACE), 10)
  })

  test('R8: who has seen a lower mark than is there has nothing to fear', async ({ open }) => {
    const marks = await open()
    await marks.raise(at(10), 0)
    await marks.raise(at(11), 3)
    await marks.raise(at(12), 0)
    assert.equal(await marks.read(PLACE), 12)
  })
}
