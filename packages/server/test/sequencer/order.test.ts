import { describe, expect, it } from 'vitest'
import {
  type MessageStore,
  StoreConflict,
  StoreUnavailable,
} from '../../src/ports/message-store.js'
import { createWorld, send } from './world.js'

/** A store whose writes wait until they are let go. */
function gated() {
  const waiting: (() => void)[] = []
  const wrap = (store: MessageStore): MessageStore => ({
    ...store,
    async write(batch) {
      await new Promise<void>((resolve) => waiting.push(resolve))
      await store.write(batch)
    },
  })
  return { waiting, wrap }
}

describe('the order of a batch (R7, R8)', () => {
  it('I1, R7: nothing is answered or pushed before the write has resolved', async () => {
    const gate = gated()
    const world = await createWorld({ wrap: gate.wrap })
    const [early] = await world.submit(send('one'))
    expect(early).toBeUndefined()
    expect(world.announcements).toEqual([])
    gate.waiting.shift()?.()
    await world.environment.settle()
    expect(world.announcements).toHaveLength(1)
  })

  it('R7, R8: the offset is committed after the announcement, and without a lag at once', async () => {
    const gate = gated()
    const world = await createWorld({ wrap: gate.wrap })
    await world.submit(send('one'))
    expect(await world.controls.log.lag()).toEqual([1])
    gate.waiting.shift()?.()
    await world.environment.settle()
    expect(await world.controls.log.lag()).toEqual([0])
  })

  it('R8: with a lag the offset is committed that long after the write was answered, and not before', async () => {
    const world = await createWorld({ commitLagMs: 2_000 })
    await world.submit(send('one'))
    await world.environment.advance(1_500)
    await world.submit(send('two'))
    await world.environment.advance(499)
    expect(await world.controls.log.lag()).toEqual([2])
    await world.environment.advance(1)
    expect(await world.controls.log.lag()).toEqual([1])
    await world.environment.advance(1_500)
    expect(await world.controls.log.lag()).toEqual([0])
  })

  it('I7, R8: what is written and not committed is bounded: then the next batch waits', async () => {
    const world = await createWorld({ commitLagMs: 2_000, maxUncommittedRecords: 2 })
    const [, , third] = await world.submit(send('one'), send('two'))
    expect(third).toBeUndefined()
    const [more] = await world.submit(send('three'))
    const [waits] = await world.submit(send('four'))
    expect(more).toBeDefined()
    expect(waits).toBeUndefined()
    await world.environment.advance(2_000)
    expect(await world.served()).toHaveLength(4)
  })

  it('I7, R8: it is bounded in size too, so that large messages do not fill the memory', async () => {
    const world = await createWorld({ commitLagMs: 2_000, maxUncommittedChars: 20_000 })
    const large = Array.from({ length: 4 }, (_, i) => send(`${i} ${'x'.repeat(8_000)}`))
    for (const one of large) await world.submit(one)
    expect(large.map((one) => world.answerTo(one) !== undefined)).toEqual([true, true, true, false])
    await world.environment.advance(2_000)
    expect(await world.served()).toHaveLength(4)
    await world.environment.advance(2_000)
    expect(await world.controls.log.lag()).toEqual([0])
  })

  it('R1, R8: an ownership that ends while a commit is awaited ends at once', async () => {
    const world = await createWorld({ commitLagMs: 2_000, maxUncommittedRecords: 1 })
    await world.submit(send('one'))
    await world.submit(send('two'))
    world.controls.loseOwnership(0)
    await world.environment.settle()
    // the next assignment has folded both again, without any time passing
    expect(world.announcements).toHaveLength(3)
    await world.environment.advance(4_000)
    expect(await world.served()).toHaveLength(2)
  })

  it('takes all that is queued into one write, and no more than the most', async () => {
    const gate = gated()
    const sizes: number[] = []
    const world = await createWorld({
      wrap: gate.wrap,
      maxBatchRecords: 3,
      onBatch: (_, counts) => sizes.push(counts.records),
    })
    await world.submit(send('1'))
    await world.submit(send('2'), send('3'), send('4'), send('5'))
    for (let i = 0; i < 3; i++) {
      gate.waiting.shift()?.()
      await world.environment.settle()
    }
    expect(sizes).toEqual([1, 3, 1])
  })

  it('R2: a write of unknown outcome is written again, identical, with a growing wait, until it is answered', async () => {
    const written: string[] = []
    let away = 3
    const world = await createWorld({
      wrap: (store) => ({
        ...store,
        async write(batch) {
          written.push(JSON.stringify(batch))
          // the first two are lost, the third happened and only its answer is lost
          if (away === 1) await store.write(batch)
          if (away-- > 0) throw new StoreUnavailable('no answer')
          await store.write(batch)
        },
      }),
    })
    const [early] = await world.submit(send('one'))
    expect(early).toBeUndefined()
    await world.environment.advance(30_000)
    expect(written).toHaveLength(4)
    expect(new Set(written).size).toBe(1)
    expect(await world.served()).toHaveLength(1)
    expect(world.announcements).toHaveLength(1)
  })

  it('R2: a load without an answer is asked again', async () => {
    let away = 2
    const world = await createWorld({
      wrap: (store) => ({
        ...store,
        load: (request) =>
          away-- > 0 ? Promise.reject(new StoreUnavailable('away')) : store.load(request),
      }),
    })
    await world.submit(send('one'))
    await world.environment.advance(30_000)
    expect(await world.served()).toHaveLength(1)
  })

  it('R1, R6: a conflict ends the assignment; the next one loads again and folds again', async () => {
    let conflicts = 1
    const world = await createWorld({
      wrap: (store) => ({
        ...store,
        write: (batch) =>
          conflicts-- > 0
            ? Promise.reject(new StoreConflict('another owner wrote'))
            : store.write(batch),
      }),
    })
    const [early] = await world.submit(send('one'))
    expect(early).toBeUndefined()
    await world.environment.advance(10_000)
    expect(world.troubles).toHaveLength(1)
    expect(await world.served()).toHaveLength(1)
  })

  it('R6: on a store with transactions an overlapping owner conflicts, folds again, and both say the same', async () => {
    const world = await createWorld({ stores: { writes: 'whole' }, commitLagMs: 2_000 })
    const one = send('one')
    await world.submit(one)
    const other = world.controls.overlap(0, world.makeReader())
    await world.environment.settle()
    const two = send('two')
    await world.submit(two)
    await world.environment.advance(20_000)
    await world.submit(send('three'))
    await world.environment.advance(20_000)
    await other.close()
    expect(world.troubles.some((trouble) => trouble instanceof StoreConflict)).toBe(true)
    const seqs = (await world.served()).map((event) => event.channel_seq)
    expect(seqs).toEqual([1, 2, 3])
    expect(world.answerTo(two)?.result).toMatchObject({ channelSeq: 2 })
    expect(world.alarms).toEqual([])
  })

  it('an ownership that ends while the store is away ends the wait', async () => {
    const world = await createWorld({
      wrap: (store) => ({
        ...store,
        write: () => Promise.reject(new StoreUnavailable('away')),
      }),
    })
    await world.submit(send('one'))
    const closing = world.controls.log.close()
    await world.environment.advance(10_000)
    await closing
    expect(world.environment.timers).toBe(0)
  })
})
