import { describe, expect, it } from 'vitest'
import { InFlight } from '../../src/adapters/cassandra/session/in-flight.js'
import { StoreUnavailable } from '../../src/ports/message-store.js'

describe('I7: requests under way', () => {
  it('are never more than allowed, go in order, and a failed one leaves its place', async () => {
    const inFlight = new InFlight(3)
    const started: number[] = []
    const ends: PromiseWithResolvers<void>[] = []
    const run = (i: number) =>
      inFlight.run(async () => {
        started.push(i)
        const end = Promise.withResolvers<void>()
        ends.push(end)
        await end.promise
      })
    const results = Promise.allSettled(Array.from({ length: 8 }, (_, i) => run(i)))
    await turn()
    expect(started).toEqual([0, 1, 2])
    ends[1]?.reject(new Error('refused'))
    await turn()
    expect(started).toEqual([0, 1, 2, 3])
    for (let i = 0; i < 8; i++) {
      ends[i]?.resolve()
      await turn()
    }
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    const states = (await results).map((result) => result.status)
    expect(states.filter((state) => state === 'rejected')).toHaveLength(1)
    await expect(inFlight.run(async () => 'free again')).resolves.toBe('free again')
  })

  it('wait in a queue that has an end: what comes above is told to come again', async () => {
    const inFlight = new InFlight(1)
    const end = Promise.withResolvers<void>()
    const waiting = Array.from({ length: 10_001 }, () => inFlight.run(() => end.promise))
    await expect(inFlight.run(() => end.promise)).rejects.toThrow(StoreUnavailable)
    end.resolve()
    await Promise.all(waiting)
  })
})

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
