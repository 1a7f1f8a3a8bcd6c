import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import '../../src/adapters/kafka/resting-queues.js'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

/** The client library's own queue of one connection, with the requests that have left it. */
function openQueue(maxInFlightRequests: number | null = null) {
  const sent: number[] = []
  const queue = new RequestQueue({
    maxInFlightRequests,
    requestTimeout: 30_000,
    enforceRequestTimeout: false,
    clientId: 'tidings',
    broker: 'localhost:9092',
    logger: quiet,
  })
  return {
    queue,
    sent,
    push(correlationId: number) {
      // what the library puts into an entry beside it is only logged
      const entry = {
        correlationId,
        apiKey: 0,
        apiName: 'Produce',
        apiVersion: 7,
        resolve() {},
        reject() {},
      }
      const sendRequest = () => void sent.push(correlationId)
      queue.push({ entry, expectResponse: true, sendRequest })
    },
    answer: (correlationId: number) =>
      queue.fulfillRequest({ correlationId, payload: Buffer.alloc(0), size: 0 }),
  }
}

describe('the queues of the Kafka client', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('rest when nothing waits: no timer is left behind an answer', () => {
    const { push, answer } = openQueue()
    push(1)
    answer(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('send what a broker has slowed down when its time has come', () => {
    const { queue, push, sent, answer } = openQueue()
    push(1)
    queue.maybeThrottle(500)
    answer(1)
    push(2)
    vi.advanceTimersByTime(400)
    expect(sent).toEqual([1])
    vi.advanceTimersByTime(200)
    expect(sent).toEqual([1, 2])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('send what waited for another request when that is answered', () => {
    const { push, sent, answer } = openQueue(1)
    push(1)
    push(2)
    expect(sent).toEqual([1])
    answer(1)
    expect(sent).toEqual([1, 2])
    answer(2)
    vi.runAllTimers()
    expect(vi.getTimerCount()).toBe(0)
  })
})
