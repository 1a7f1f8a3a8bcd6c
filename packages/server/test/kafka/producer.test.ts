import { describe, expect, it } from 'vitest'
import { patienceMs } from '../../src/adapters/kafka/producer.js'
import { fails, record, world } from './producer-world.js'

describe('the producer', () => {
  it('sends what came in one turn together, and what comes meanwhile with the next request', async () => {
    const { environment, append, answer, sent } = world()
    const first = Promise.all([append(record(0, 'a')), append(record(0, 'b'))])
    await environment.settle()
    const second = Promise.all([append(record(0, 'c')), append(record(0, 'd'))])
    await environment.settle()
    expect(sent()).toEqual(['a,b'])
    await answer(0)
    expect(sent()).toEqual(['a,b', 'c,d'])
    await answer(1)
    expect(await first).toEqual([['appended'], ['appended']])
    expect(await second).toEqual([['appended'], ['appended']])
  })

  it('has one request outstanding for each leader, with all its partitions in it', async () => {
    const { environment, append, answer, sent, leaders } = world()
    for (const [partition, leader] of [
      [0, 1],
      [1, 1],
      [2, 2],
    ] as const) {
      leaders.set(partition, leader)
    }
    void append(record(0, 'a'), record(1, 'b'), record(2, 'c'))
    await environment.settle()
    expect(sent()).toEqual(['a + b', 'c'])
    void append(record(0, 'd'), record(2, 'e'))
    await environment.settle()
    await answer(1)
    expect(sent()).toEqual(['a + b', 'c', 'e'])
    await answer(0)
    expect(sent()).toEqual(['a + b', 'c', 'e', 'd'])
  })

  it('retries the same batch until it is in, and lets nothing overtake it', async () => {
    const { environment, append, answer, sent } = world()
    const first = append(record(0, 'a'), record(0, 'b'))
    await environment.settle()
    const second = append(record(0, 'c'))
    for (let attempt = 0; attempt < 4; attempt++) {
      await answer(attempt, fails('NOT_LEADER_FOR_PARTITION'))
      await environment.advance(600)
    }
    expect(sent()).toEqual(['a,b', 'a,b', 'a,b', 'a,b', 'a,b'])
    await answer(4)
    expect(await first).toEqual(['appended', 'appended'])
    expect(sent().at(-1)).toBe('c')
    await answer(5)
    expect(await second).toEqual(['appended'])
  })

  it('sends what failed together alone, so that only one repeat of it can be in the log', async () => {
    const { environment, append, answer, sent, leaders } = world()
    leaders.set(0, 1).set(1, 1)
    const both = append(record(0, 'a'), record(1, 'b'))
    await environment.settle()
    await answer(0, fails('NOT_ENOUGH_REPLICAS'))
    await environment.advance(600)
    expect(sent().slice(1).sort()).toEqual(['a', 'b'])
    await answer(sent().indexOf('b'))
    await answer(sent().indexOf('a'), fails('NOT_ENOUGH_REPLICAS'))
    await environment.advance(600)
    expect(sent().slice(3)).toEqual(['a'])
    await answer(3)
    expect(await both).toEqual(['appended', 'appended'])
  })

  it('makes a new client when nothing was acknowledged for 1.5 s, once each time', async () => {
    const { environment, append, sent, renewals } = world()
    void append(record(0, 'a'))
    await environment.advance(1_499)
    expect(renewals()).toBe(0)
    await environment.advance(1)
    expect(renewals()).toBe(1)
    await environment.advance(600)
    expect(sent()).toEqual(['a', 'a'])
    expect(renewals()).toBe(1)
    await environment.advance(1_500)
    expect(renewals()).toBe(2)
  })

  it('makes a new client although another leader answers', async () => {
    const { environment, append, answer, leaders, renewals, sent } = world()
    leaders.set(0, 1).set(1, 2)
    void append(record(0, 'frozen'))
    for (let i = 0; i < 10; i++) {
      void append(record(1, `alive ${i}`))
      await environment.settle()
      await answer(sent().length - 1)
      await environment.advance(200)
    }
    expect(renewals()).toBe(1)
  })

  it('becomes patient with brokers that are slow rather than away', () => {
    expect([0, 4, 5, 6, 7, 50].map((failures) => patienceMs(failures, 1_500))).toEqual([
      1_500, 1_500, 1_500, 3_000, 6_000, 10_000,
    ])
  })

  it('I7: refuses at its bounds, with the time to wait, and takes more when there is room', async () => {
    const { environment, producer, append, answer } = world({
      maxQueuedRecords: 3,
      maxQueuedBytes: 25,
    })
    expect(await append(record(0, 'huge', 101))).toEqual(['refused'])
    const two = append(record(0, 'a'), record(1, 'b'))
    expect(await producer.append([record(2, 'c')])).toMatchObject([
      { status: 'refused', retryAfterMs: 1_000 },
    ])
    await environment.settle()
    await answer(0)
    expect(await two).toEqual(['appended', 'appended'])
    const again = append(record(0, 'd', 1), record(0, 'e', 1), record(0, 'f', 1), record(0, 'g', 1))
    await environment.settle()
    await answer(1)
    expect(await again).toEqual(['appended', 'appended', 'appended', 'refused'])
  })

  it('takes nothing of a call behind what it had no room for, so that nothing overtakes it', async () => {
    const { environment, append, answer, sent } = world({ maxQueuedBytes: 25 })
    const first = append(record(0, 'a'), record(0, 'large', 20), record(0, 'small', 1))
    await environment.settle()
    await answer(0)
    expect(await first).toEqual(['appended', 'refused', 'refused'])
    const again = append(record(0, 'large', 20), record(0, 'small', 1))
    await environment.settle()
    await answer(1)
    expect(await again).toEqual(['appended', 'appended'])
    expect(sent()).toEqual(['a', 'large,small'])
  })

  it('splits what is more than a request may hold', async () => {
    const { environment, append, answer, sent } = world()
    void append(...Array.from({ length: 7 }, (_, i) => record(0, `${i}`)))
    await environment.settle()
    await answer(0)
    expect(sent()).toEqual(['0,1,2,3,4', '5,6'])
  })

  it('settles everything when it closes, and takes no more', async () => {
    const { environment, producer, append, answer } = world()
    const first = append(record(0, 'a'))
    await environment.settle()
    const closing = producer.close()
    expect(await append(record(0, 'b'))).toEqual(['refused'])
    await answer(0)
    expect(await first).toEqual(['appended'])
    await closing
  })

  it('closes in bounded time when nobody answers, without a timer left', async () => {
    const { environment, producer, append } = world({ appendTimeoutMs: 1_000 })
    const first = append(record(0, 'a'), record(1, 'b'))
    await environment.settle()
    const closing = producer.close()
    await environment.advance(1_300)
    await closing
    expect(await first).toEqual(['unknown', 'unknown'])
    await environment.advance(60_000)
    expect(environment.timers).toBe(0)
  })
})
