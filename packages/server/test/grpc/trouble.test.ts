import { describe, expect, it } from 'vitest'
import type { Ephemeral } from '../../src/ports/push.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'
import { until } from '../support/wait.js'
import { batchOf, createWorld, freezableWay, Recorder } from './world.js'

const DEADLINE_MS = 50

/** Two processes, with a way between them that a test can freeze; deadlines are by a clock that it moves. */
async function frozenPair(options: object) {
  const environment = createVirtualEnvironment()
  const { processes, open } = createWorld()
  const dropped: string[] = []
  const circuit: boolean[] = []
  const there = await open()
  const way = await freezableWay(there.address)
  const receiver = new Recorder()
  const here = await open({
    environment,
    deadlineMs: DEADLINE_MS,
    connectTimeoutMs: DEADLINE_MS,
    processes: {
      ...processes,
      // whoever asks is sent the other way
      list: async () => ({ entries: [{ processId: 'p', address: way.address }], complete: true }),
    },
    onDropped: (_, why) => dropped.push(why),
    onCircuit: (_, isOpen) => circuit.push(isOpen),
    ...options,
  })
  there.register('p', receiver)
  await here.push('p', batchOf(1))

  /** Pushes, lets the deadline pass, and resolves to how many failed. */
  async function failures(count: number): Promise<number> {
    const pushed = Array.from({ length: count }, (_, i) => here.push('p', batchOf(100 + i)))
    const settled = Promise.allSettled(pushed)
    await environment.advance(DEADLINE_MS)
    return (await settled).filter(({ status }) => status === 'rejected').length
  }
  return { environment, here, receiver, way, dropped, circuit, failures }
}

describe('a process that does not take its pushes', () => {
  it('I7: fails them after the deadline, and is tried only now and then after five failures in a row', async () => {
    const { way, dropped, circuit, failures } = await frozenPair({ retryIntervalMs: 60_000 })
    way.freeze()
    // what is under way at one moment is one failure
    expect(await failures(20)).toBe(20)
    expect(circuit).toEqual([])
    for (let i = 0; i < 4; i++) expect(await failures(1)).toBe(1)
    expect(circuit).toEqual([true])
    expect(dropped).toEqual([])
    expect(await failures(10)).toBe(10)
    expect(dropped).toEqual(Array(10).fill('open'))
  })

  it('gets pushes again once it takes one, in order', async () => {
    const retryIntervalMs = 60_000
    const { environment, here, receiver, way, circuit, failures } = await frozenPair({
      failuresMax: 1,
      retryIntervalMs,
    })
    way.freeze()
    await failures(1)
    expect(circuit).toEqual([true])
    await environment.advance(retryIntervalMs)
    const tried = here.push('p', batchOf(500))
    way.thaw()
    await tried
    expect(circuit).toEqual([true, false])
    const sent = Array.from({ length: 50 }, (_, i) => here.push('p', batchOf(1_000 + i)))
    await Promise.all(sent)
    expect(receiver.seqs.slice(-50)).toEqual(Array.from({ length: 50 }, (_, i) => 1_000 + i))
  })

  it('gets pushes again as soon as it answers one that it was sent before', async () => {
    const { here, receiver, way, circuit, failures } = await frozenPair({
      failuresMax: 1,
      retryIntervalMs: 60_000,
    })
    way.freeze()
    await failures(1)
    expect(circuit).toEqual([true])
    way.thaw()
    await until('it has answered', () => circuit.at(-1) === false)
    await here.push('p', batchOf(500))
    expect(receiver.seqs).toEqual([1, 100, 500])
  })

  it('I7: holds what waits for it within a bound, and what is more is dropped with a count', async () => {
    const { environment, here, way, dropped } = await frozenPair({ maxWaitingBytes: 100_000 })
    way.freeze()
    const text = 'x'.repeat(10_000)
    const pushed = Promise.allSettled(
      Array.from({ length: 30 }, (_, i) => here.push('p', batchOf(100 + i, 1, text))),
    )
    await environment.advance(DEADLINE_MS)
    expect((await pushed).every(({ status }) => status === 'rejected')).toBe(true)
    expect(dropped.length).toBeGreaterThan(15)
    expect(new Set(dropped)).toEqual(new Set(['full']))
  })

  it('I7: holds no more pushes than may wait, however small they are', async () => {
    const { here, way, dropped, receiver } = await frozenPair({ maxWaitingPushes: 3 })
    way.freeze()
    const sent = [100, 101, 102].map((seq) => here.push('p', batchOf(seq)))
    await expect(here.push('p', batchOf(103))).rejects.toThrow('too slowly')
    expect(dropped).toEqual(['full'])
    way.thaw()
    await Promise.all(sent)
    expect(receiver.seqs).toEqual([1, 100, 101, 102])
  })

  it('[P-101] I7: typing is left out first, then presence and receipts, and what is stored last', async () => {
    const { here, way, dropped, receiver } = await frozenPair({ maxWaitingBytes: 100_000 })
    way.freeze()
    const rise = { channelId: 'c', userId: 'bob', epoch: 1, seq: 1, messageCount: 1 }
    const typing = { kind: 'typing', channelId: 'c', userId: 'bob', state: 'start' } as const
    const receipt = { kind: 'receipt', rise: { kind: 'read', ...rise }, ownOnly: false } as const
    const push = (...ephemeral: Ephemeral[]) =>
      here.push('p', { channels: [], answers: [], ephemeral })
    const fill = (from: number) => here.push('p', batchOf(from, 1, 'x'.repeat(30_000)))
    const sent = [push(typing), fill(100)]
    await expect(push(typing)).rejects.toThrow('too slowly')
    sent.push(push(typing, receipt), fill(101))
    await expect(push(receipt)).rejects.toThrow('too slowly')
    sent.push(fill(102))
    expect(dropped).toEqual(['full', 'full', 'full'])
    way.thaw()
    await Promise.all(sent)
    expect(receiver.batches.flatMap((batch) => batch.ephemeral ?? [])).toEqual([typing, receipt])
    expect(receiver.seqs.slice(-3)).toEqual([100, 101, 102])
  })

  it('holds up no other process', async () => {
    const { here, way } = await frozenPair({})
    const other = new Recorder()
    here.register('other', other)
    way.freeze()
    const stuck = here.push('p', batchOf(100))
    await here.push('other', batchOf(1))
    expect(other.seqs).toEqual([1])
    way.thaw()
    await stuck
  })
})

describe('a process that is gone', () => {
  const LEASE_MS = 2_000

  it('R13: is waited for until its lease is over, and not longer', async () => {
    const { processes, open } = createWorld(LEASE_MS)
    const [here, there] = [await open(), await open()]
    there.register('p', new Recorder())
    await here.push('p', batchOf(1))
    // its process ends without a word
    const renewed = performance.now()
    await there.close()
    await processes.renew({ processId: 'p', address: there.address })
    const removal = { channelId: 'general', userId: 'bob', epoch: 1, seq: 1 }
    await here.confirmRemoval('p', removal)
    expect(performance.now() - renewed).toBeGreaterThanOrEqual(LEASE_MS - 1)
    expect((await processes.list()).entries).toEqual([])
  })

  it('R13: nobody says that it is gone while the list of processes may lack somebody', async () => {
    const { processes, open } = createWorld()
    let complete = false
    const here = await open({
      processes: { ...processes, list: async () => ({ entries: [], complete }) },
      confirmTimeoutMs: 300,
    })
    const removal = { channelId: 'general', userId: 'bob', epoch: 1, seq: 1 }
    await expect(here.confirmRemoval('p', removal)).rejects.toThrow('nobody knows')
    await expect(here.living()).rejects.toThrow('nobody knows')
    complete = true
    await here.confirmRemoval('p', removal)
    expect(await here.living()).toEqual([])
  })
})
