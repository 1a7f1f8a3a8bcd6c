import { describe, expect, it } from 'vitest'
import { NotSent } from '../../src/adapters/kafka/errors.js'
import { fails, record, world } from './producer-world.js'

describe('the producer', () => {
  it('tells unknown when nobody answers in time, and brings it in all the same', async () => {
    const { environment, append, answer, sent } = world({ appendTimeoutMs: 1_000 })
    const first = append(record(0, 'a'))
    await environment.advance(1_100)
    expect(await first).toEqual(['unknown'])
    await environment.advance(1_000)
    expect(sent()).toEqual(['a', 'a'])
    await answer(1)
    const second = append(record(0, 'b'))
    await environment.settle()
    await answer(2)
    expect(await second).toEqual(['appended'])
  })

  it('tells refused, and drops, what was never sent or was surely not appended', async () => {
    const settings = { appendTimeoutMs: 1_000 }
    const { environment, append, sent } = world(settings, fails('NOT_ENOUGH_REPLICAS'))
    const first = append(record(0, 'a'))
    await environment.settle()
    const behind = append(record(0, 'b'))
    await environment.advance(1_100)
    expect(await first).toEqual(['refused'])
    expect(await behind).toEqual(['refused'])
    const requests = sent().length
    await environment.advance(5_000)
    expect(sent()).toHaveLength(requests)
  })

  it('tells refused, and drops, what was never sent, together with another partition or alone', async () => {
    const settings = { appendTimeoutMs: 1_000 }
    const unsent = new NotSent(fails('LEADER_NOT_AVAILABLE'))
    const { environment, append, sent } = world(settings, unsent)
    const both = append(record(0, 'a'), record(1, 'b'))
    await environment.advance(1_100)
    expect(sent()[0]).toBe('a + b')
    expect(await both).toEqual(['refused', 'refused'])
    const requests = sent().length
    await environment.advance(5_000)
    expect(sent()).toHaveLength(requests)
  })

  it('tells unknown when the request was answered that held several partitions: one may be in', async () => {
    const settings = { appendTimeoutMs: 1_000 }
    const { environment, append } = world(settings, fails('NOT_ENOUGH_REPLICAS'))
    const both = append(record(0, 'a'), record(1, 'b'))
    await environment.advance(1_100)
    expect(await both).toEqual(['unknown', 'unknown'])
  })

  it('tells refused when the brokers do not let it ask for the topic, of several partitions too', async () => {
    const unsent = new NotSent(fails('TOPIC_AUTHORIZATION_FAILED'))
    const { environment, append } = world({}, unsent)
    const both = append(record(0, 'a'), record(1, 'b'))
    await environment.advance(600)
    expect(await both).toEqual(['refused', 'refused'])
  })

  it('tells refused what the brokers will not take, and goes on', async () => {
    const { environment, append, answer, refused } = world()
    const first = append(record(0, 'a'))
    await environment.settle()
    await answer(0, fails('MESSAGE_TOO_LARGE'))
    expect(await first).toEqual(['refused'])
    expect(refused).toHaveLength(1)
    const second = append(record(0, 'b'))
    await environment.settle()
    await answer(1)
    expect(await second).toEqual(['appended'])
  })

  it('tells unknown when it is refused after an attempt that may have brought it in', async () => {
    const { environment, append, answer } = world()
    const first = append(record(0, 'a'))
    await environment.settle()
    await answer(0, fails('REQUEST_TIMED_OUT'))
    await environment.advance(600)
    await answer(1, fails('MESSAGE_TOO_LARGE'))
    expect(await first).toEqual(['unknown'])
  })
})
