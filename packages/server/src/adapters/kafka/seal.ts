import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { ONE_ATTEMPT } from './client.js'
import { appendFailure } from './errors.js'
import { decodeRecord, encodeSeal, type RawRecord } from './record.js'
import { readEntries } from './topic.js'

/**
 * What a topic takes when it is being sealed: a seal is smaller, every command larger. So the brokers themselves
 * refuse whatever a process that does not know yet goes on appending.
 */
export const SEALED_MAX_MESSAGE_BYTES = 128
const PROBE = Buffer.from(`tidings probe ${' '.repeat(2 * SEALED_MAX_MESSAGE_BYTES)}`)

/** Lets the brokers refuse everything but seals. What else was set on the topic stays. */
export async function fenceTopic(admin: Admin, topic: string): Promise<void> {
  const entries = (await readEntries(admin, topic))
    .filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
    .map(({ configName, configValue }) => ({ name: configName, value: configValue }))
    .filter(({ name }) => name !== 'max.message.bytes')
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [
          ...entries,
          { name: 'max.message.bytes', value: String(SEALED_MAX_MESSAGE_BYTES) },
        ],
      },
    ],
  })
}

/** Appends one value to one partition; rejects when the brokers refuse it. */
async function send(kafka: Kafka, topic: string, partition: number, value: Buffer): Promise<void> {
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    retry: ONE_ATTEMPT,
    createPartitioner: () => () => partition,
  })
  await producer.connect()
  try {
    await producer.send({ topic, acks: -1, messages: [{ partition, value }] })
  } finally {
    await producer.disconnect()
  }
}

/** Appends a seal. A repeat does no harm: the first one counts. */
export const sendSeal = (kafka: Kafka, topic: string, partition: number, generation: number) =>
  send(kafka, topic, partition, encodeSeal(generation))

/** Whether the leader of the partition refuses what is larger than a seal; a probe that it takes is never folded. */
export async function isFenced(kafka: Kafka, topic: string, partition: number): Promise<boolean> {
  try {
    await send(kafka, topic, partition, PROBE)
    return false
  } catch (error) {
    if (appendFailure(error) === 'refused') return true
    throw error
  }
}

/** By partition, all records from one offset to below another. Reads outside of every group that matters. */
export async function readRange(
  kafka: Kafka,
  topic: string,
  groupId: string,
  ranges: readonly { readonly from: number; readonly to: number }[],
): Promise<readonly (readonly RawRecord[])[]> {
  const found = ranges.map((): RawRecord[] => [])
  const left = new Set(ranges.flatMap(({ from, to }, partition) => (from < to ? [partition] : [])))
  if (left.size === 0) return found
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 })
  const done = Promise.withResolvers<void>()
  consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error))
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const range = ranges[batch.partition]
        if (range === undefined) return
        for (const { offset, value } of batch.messages) {
          const at = Number(offset)
          if (at >= range.from && at < range.to) found[batch.partition]?.push({ offset: at, value })
          if (at + 1 >= range.to) left.delete(batch.partition)
        }
        if (left.size === 0) done.resolve()
      },
    })
    ranges.forEach(({ from }, partition) => {
      consumer.seek({ topic, partition, offset: String(from) })
    })
    await done.promise
  } finally {
    await consumer.disconnect()
  }
  return found
}

/** The first seal among records. */
export const firstSeal = (records: readonly RawRecord[]): number | undefined =>
  records.find(({ value }) => decodeRecord(value, 0, 1).record === 'seal')?.offset
