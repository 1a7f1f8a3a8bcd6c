import { expect, it } from 'vitest'
import type { GrpcPushBusOptions } from '../../src/adapters/grpc/push-bus.js'
import type { ProcessList } from '../../src/ports/processes.js'
import { until } from '../support/wait.js'
import { batchOf, createWorld, Recorder } from './world.js'

/** One process that pushes to another, which it hears of when a reading of the list is answered. */
async function openUnheard(options: Partial<GrpcPushBusOptions> = {}) {
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
    ...options,
  })
  const list = { entries: [{ processId: 'p', address: there.address }], complete: true }
  return { here, receiver, readings, list }
}

it('pushes to a process that is just being heard of keep their order, whichever reading of the list names it', async () => {
  const { here, receiver, readings, list } = await openUnheard()
  const sent = [here.push('p', batchOf(1))]
  // the reading that was under way names it, and another one is asked for all the same
  readings[0]?.resolve(list)
  await until('the list is read again', () => readings.length === 2)
  sent.push(here.push('p', batchOf(2)))
  readings[1]?.resolve(list)
  await Promise.all(sent)
  expect(receiver.seqs).toEqual([1, 2])
})

it('I7: pushes that wait until a process is heard of are bounded, and what is more is dropped with a count', async () => {
  const dropped: string[] = []
  const { here, receiver, readings, list } = await openUnheard({
    onDropped: (processId, why) => dropped.push(`${processId} ${why}`),
  })
  const sent = Array.from({ length: 1_000 }, (_, i) => here.push('p', batchOf(1 + i)))
  await expect(here.push('p', batchOf(1_001))).rejects.toThrow('no process p')
  expect(dropped).toEqual(['p full'])
  readings[0]?.resolve(list)
  await Promise.all(sent)
  expect(receiver.seqs).toEqual(Array.from({ length: 1_000 }, (_, i) => 1 + i))
})

it('I7: so are their bytes, over all processes that are not heard of', async () => {
  const { processes, open } = createWorld()
  const dropped: string[] = []
  const here = await open({
    processes: { ...processes, list: () => new Promise(() => undefined) },
    maxWaitingBytes: 100_000,
    onDropped: (processId, why) => dropped.push(`${processId} ${why}`),
  })
  const push = (processId: string) => here.push(processId, batchOf(1, 1, 'x'.repeat(40_000)))
  for (const processId of ['p', 'q']) push(processId).catch(() => undefined)
  await expect(push('r')).rejects.toThrow('no process r')
  await expect(push('p')).rejects.toThrow('no process p')
  expect(dropped).toEqual(['r full', 'p full'])
})
