import assert from 'node:assert/strict'
import type { LogGeneration, LogRegistry } from '../log-registry.js'
import { type ContractRunner, casesOver } from './runner.js'

/** An adapter under test, over a place that is its own and empty. */
export interface LogRegistryHarness {
  /** The registry as another process has it; in one process it may be the same object. */
  open(): Promise<LogRegistry>
  /** Ends everything that has it open, as a crash would, and opens it anew; left out where nothing outlives it. */
  restart?(): Promise<LogRegistry>
  close(): Promise<void>
}

const generation = (number: number, fields: Partial<LogGeneration> = {}): LogGeneration => ({
  generation: number,
  topic: `tidings-${number}`,
  marker: `marker ${number}`,
  partitions: 8,
  partitioner: 'fnv1a-1',
  rulesVersion: 1,
  status: 'prepared',
  ...fields,
})

/** What every LogRegistry must do. */
export function logRegistryContract(
  name: string,
  makeHarness: () => Promise<LogRegistryHarness>,
  runner: ContractRunner,
): void {
  const test: RegistryCase = casesOver(runner, makeHarness)
  runner.describe(`${name} is a registry of logs`, () => {
    recordCases(test)
    comparisonCases(test)
  })
}

type RegistryCase = (title: string, body: (harness: LogRegistryHarness) => Promise<void>) => void

function recordCases(test: RegistryCase): void {
  test('R11: a record is there, for every process and as it was put, when put resolves', async ({
    open,
  }) => {
    const [one, other] = [await open(), await open()]
    assert.deepEqual(await one.read(), [])
    assert.deepEqual(await other.read(), [])
    const opened = generation(1, { status: 'open', marker: 'Zoë’s "log" \\ {}\n%_' })
    assert.equal(await one.put(undefined, opened), true)
    assert.deepEqual(await other.read(), [opened])
    const sealed: LogGeneration = {
      ...opened,
      status: 'sealed',
      sealFrom: [0, 5, Number.MAX_SAFE_INTEGER],
      seals: [7, 5, Number.MAX_SAFE_INTEGER],
    }
    assert.equal(await other.put(opened, sealed), true)
    assert.deepEqual(await one.read(), [sealed])
    assert.deepEqual(await other.read(), [sealed])
  })

  test('R10: records are read in the order of the generations, whenever they were put', async ({
    open,
  }) => {
    const registry = await open()
    for (const number of [10, 2, 100, 1, 9]) {
      assert.equal(await registry.put(undefined, generation(number)), true)
    }
    const first = generation(1)
    assert.equal(await registry.put(first, { ...first, status: 'open' }), true)
    const read = await registry.read()
    assert.deepEqual(
      read.map((record) => record.generation),
      [1, 2, 9, 10, 100],
    )
  })

  test('a record changes alone, through every status', async ({ open }) => {
    const registry = await open()
    const neighbours = [generation(1, { status: 'stored' }), generation(11)]
    for (const neighbour of neighbours) await registry.put(undefined, neighbour)
    let seen: LogGeneration | undefined
    for (const status of ['prepared', 'open', 'sealing', 'sealed', 'stored'] as const) {
      const next = generation(2, { status })
      assert.equal(await registry.put(seen, next), true)
      assert.deepEqual(await registry.read(), [neighbours[0], next, neighbours[1]])
      seen = next
    }
  })

  test('R10, R11: what was put outlives every process', async ({ open, restart }) => {
    const registry = await open()
    const first = generation(1)
    const opened = generation(1, { status: 'open' })
    await registry.put(undefined, first)
    await registry.put(first, opened)
    if (restart === undefined) return
    const after = await restart()
    assert.deepEqual(await after.read(), [opened])
    assert.equal(await after.put(first, generation(1, { status: 'stored' })), false)
    assert.equal(await after.put(opened, generation(1, { status: 'sealing' })), true)
  })
}

function comparisonCases(test: RegistryCase): void {
  test('a record is added only where there is none', async ({ open }) => {
    const registry = await open()
    const first = generation(1)
    assert.equal(await registry.put(undefined, first), true)
    assert.equal(await registry.put(undefined, generation(1, { marker: 'another' })), false)
    // the same once more is no addition either: who lost an answer reads
    assert.equal(await registry.put(undefined, first), false)
    assert.deepEqual(await registry.read(), [first])
  })

  test('a record is replaced only while it is as it was seen, to the last field', async ({
    open,
  }) => {
    const [one, other] = [await open(), await open()]
    const seen = generation(1, { status: 'sealing', sealFrom: [3, 4] })
    await one.put(undefined, seen)
    const next = generation(1, { status: 'sealed', sealFrom: [3, 4], seals: [9, 9] })
    const others: readonly LogGeneration[] = [
      { ...seen, marker: 'another' },
      { ...seen, status: 'open' },
      { ...seen, sealFrom: [3, 5] },
      generation(1, { status: 'sealing' }),
    ]
    for (const stale of others) assert.equal(await other.put(stale, next), false)
    assert.deepEqual(await one.read(), [seen])
    const [read] = await other.read()
    assert.equal(await other.put(read, next), true)
    assert.equal(await one.put(seen, generation(1, { status: 'stored' })), false)
    assert.deepEqual(await one.read(), [next])
  })

  test('nothing is replaced that is not there', async ({ open }) => {
    const registry = await open()
    const gone = generation(1)
    assert.equal(await registry.put(gone, generation(1, { status: 'open' })), false)
    assert.deepEqual(await registry.read(), [])
  })

  test('of several that saw the same at once one is applied, and only it is told so', async ({
    open,
  }) => {
    const processes = [await open(), await open()]
    const race = async (seen: LogGeneration | undefined, make: (i: number) => LogGeneration) => {
      const nexts = Array.from({ length: 6 }, (_, i) => make(i))
      const answers = await Promise.all(
        nexts.map((next, i) => processes[i % processes.length]?.put(seen, next)),
      )
      assert.equal(answers.filter(Boolean).length, 1, answers.join(' '))
      const winner = nexts[answers.indexOf(true)]
      for (const process of processes) assert.deepEqual(await process.read(), [winner])
      return winner
    }
    const added = await race(undefined, (i) => generation(1, { marker: `by ${i}` }))
    await race(added, (i) => generation(1, { marker: `then by ${i}` }))
  })
}
