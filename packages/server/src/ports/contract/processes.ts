import assert from 'node:assert/strict'
import type { Processes } from '../processes.js'
import { type ContractRunner, casesOver } from './runner.js'

/** An adapter under test. */
export interface ProcessesHarness {
  readonly processes: Processes
  /** The same as another process sees it; in one process it may be the same object. */
  open(): Promise<Processes>
  /** Resolves when leases that are not renewed meanwhile are over. */
  endLeases(): Promise<void>
  /** Takes everything from the engine, as a loss of its data would; left out where that cannot be. */
  empty?(): Promise<void>
  /** Makes the engine unable to answer; left out where that cannot be. */
  breakEngine?(): Promise<void>
  close(): Promise<void>
}

/** What every Processes must do. */
export function processesContract(
  name: string,
  makeHarness: () => Promise<ProcessesHarness>,
  runner: ContractRunner,
): void {
  const test = casesOver(runner, makeHarness)
  const ids = async (processes: Processes) =>
    (await processes.list()).entries.map((entry) => entry.processId).sort()

  runner.describe(`${name} list the processes`, () => {
    test('R13: a process is listed with its address when renew resolves, for every process, once', async ({
      processes,
      open,
    }) => {
      const other = await open()
      const { leaseMs } = await processes.renew({ processId: 'p1', address: '127.0.0.1:1' })
      assert.ok(leaseMs > 0)
      await other.renew({ processId: 'p2', address: '[::1]:2' })
      await processes.renew({ processId: 'p1', address: '127.0.0.1:1' })
      const { entries } = await other.list()
      assert.deepEqual(
        [...entries].sort((a, b) => (a.processId < b.processId ? -1 : 1)),
        [
          { processId: 'p1', address: '127.0.0.1:1' },
          { processId: 'p2', address: '[::1]:2' },
        ],
      )
    })

    test('a process that left is listed no more, and leaving twice is nothing', async ({
      processes,
    }) => {
      await processes.renew({ processId: 'p1', address: 'a:1' })
      await processes.renew({ processId: 'p2', address: 'a:2' })
      await processes.leave('p1')
      await processes.leave('p1')
      assert.deepEqual(await ids(processes), ['p2'])
    })

    test('R13: a process is listed until its lease is over, and not longer; a new lease lists it again', async ({
      processes,
      endLeases,
    }) => {
      await processes.renew({ processId: 'p1', address: 'a:1' })
      assert.deepEqual(await ids(processes), ['p1'])
      await endLeases()
      assert.deepEqual(await ids(processes), [])
      await processes.renew({ processId: 'p1', address: 'a:1' })
      assert.deepEqual(await ids(processes), ['p1'])
    })

    test('R13: after its data was lost a list is not complete until leases of before are over', async ({
      processes,
      empty,
      endLeases,
    }) => {
      await processes.renew({ processId: 'p1', address: 'a:1' })
      if (empty === undefined) return
      await endLeases()
      assert.equal((await processes.list()).complete, true)
      await empty()
      assert.equal((await processes.list()).complete, false)
      await endLeases()
      assert.equal((await processes.list()).complete, true)
    })

    test('rejects when its engine does not answer', async ({ processes, breakEngine }) => {
      await processes.renew({ processId: 'p1', address: 'a:1' })
      if (breakEngine === undefined) return
      await breakEngine()
      await assert.rejects(processes.renew({ processId: 'p1', address: 'a:1' }))
      await assert.rejects(processes.list())
    })
  })
}
