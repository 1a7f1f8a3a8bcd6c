import type { Batch } from '../../src/adapters/kafka/produce-queue.js'
import { Producer, type ProducerSettings } from '../../src/adapters/kafka/producer.js'
import type { EncodedRecord } from '../../src/adapters/kafka/record.js'
import { createVirtualEnvironment } from '../support/virtual-environment.js'

export const record = (partition: number, key: string, bytes = 10): EncodedRecord => ({
  partition,
  key,
  value: Buffer.from(key),
  headers: {},
  bytes,
})

export const fails = (type: string) => Object.assign(new Error(type), { type })

/** Brokers that answer when, and as, the test says. */
export function world(change: Partial<ProducerSettings> = {}, always?: Error) {
  const environment = createVirtualEnvironment()
  const requests: { keys: string; answer: PromiseWithResolvers<void> }[] = []
  let renewals = 0
  const leaders = new Map<number, number>()
  const refused: string[] = []
  const producer = new Producer(
    {
      async send(batches: readonly Batch[]) {
        const keys = batches
          .map(({ entries }) => entries.map((entry) => entry.record.key).join(','))
          .join(' + ')
        const answer = Promise.withResolvers<void>()
        requests.push({ keys, answer })
        if (always !== undefined) throw always
        await answer.promise
      },
      leaderOf: (partition) => leaders.get(partition),
      renew: () => {
        renewals += 1
      },
      close: async () => undefined,
    },
    {
      environment,
      appendTimeoutMs: 8_000,
      retryAfterMs: 1_000,
      maxQueuedRecords: 100,
      maxQueuedBytes: 10_000,
      maxBatchBytes: 100,
      maxBatchRecords: 5,
      watchdogMs: 1_500,
      onRefused: () => refused.push('refused'),
      ...change,
    },
  )
  const append = async (...records: EncodedRecord[]) => {
    const outcomes = await producer.append(records)
    return outcomes.map(({ status }) => status)
  }
  const answer = async (index: number, error?: Error) => {
    if (error === undefined) requests[index]?.answer.resolve()
    else requests[index]?.answer.reject(error)
    await environment.settle()
  }
  const sent = () => requests.map(({ keys }) => keys)
  return {
    environment,
    producer,
    append,
    answer,
    sent,
    leaders,
    refused,
    renewals: () => renewals,
  }
}
