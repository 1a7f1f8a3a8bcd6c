import { expect, it } from 'vitest'
import type { ProcessList } from '../../src/ports/processes.js'
import { until } from '../support/wait.js'
import { batchOf, createWorld, Recorder } from './world.js'

it('pushes to a process that is just being heard of keep their order, whichever reading of the list names it', async () => {
  const { processes, open } = createWorld()
  const there = await open()
  const receiver = new Recorder()
  there.register('p', receiver)
  const readings: PromiseWithResolvers<ProcessList>[] = []
  const here = await open({
    processes: {
      ...processes,
      list() {
        const reading = Promise.withResolvers<ProcessList>()
        readings.push(reading)
        return reading.promise
      },
    },
    refreshIntervalMs: 60_000,
  })
  const list = { entries: [{ processId: 'p', address: there.address }], complete: true }
  const sent = [here.push('p', batchOf(1))]
  // the reading that was under way names it, and another one is asked for all the same
  readings[0]?.resolve(list)
  await until('the list is read again', () => readings.length === 2)
  sent.push(here.push('p', batchOf(2)))
  readings[1]?.resolve(list)
  await Promise.all(sent)
  expect(receiver.seqs).toEqual([1, 2])
})
