import { randomBytes } from 'node:crypto'
import kafkajs, { type IHeaders, type Kafka } from 'kafkajs'
import type { FedMessage } from '../../src/ports/message-feed.js'
import { until } from '../support/wait.js'

type Read = Omit<FedMessage, 'event'>

/** What any consumer reads of a feed's topic about one channel, from its beginning to where it ends now. */
export async function readFeed(
  brokers: readonly string[],
  topic: string,
  channelId: string,
): Promise<readonly Read[]> {
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const count = await countOf(kafka, topic)
  const messages: Read[] = []
  if (count === 0) return messages
  let seen = 0
  const consumer = kafka.consumer({ groupId: `t-${randomBytes(6).toString('hex')}` })
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        // on a busy machine the coordinator may still be loading
        if (!payload.restart) reject(payload.error)
      })
      void consumer.run({
        eachMessage: async ({ message: { key, value, headers } }) => {
          if (key?.toString() === channelId) {
            messages.push({ json: value?.toString() ?? '', ...requestIn(headers) })
          }
          seen += 1
          if (seen === count) resolve()
        },
      })
    })
  } finally {
    await consumer.disconnect()
  }
  return messages
}

async function countOf(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    let count = 0
    // a topic that was made a moment ago may have no leader yet
    await until(`the ends of ${topic} are known`, async () => {
      const ends = await admin.fetchTopicOffsets(topic).catch(() => undefined)
      count = ends?.reduce((sum, { high }) => sum + Number(high), 0) ?? 0
      return ends !== undefined
    })
    return count
  } finally {
    await admin.disconnect()
  }
}

function requestIn(headers: IHeaders | undefined): Pick<Read, 'request'> {
  const requestId = headers?.request_id?.toString()
  const trace = headers?.traceparent?.toString()
  return requestId === undefined ? {} : { request: { requestId, ...(trace && { trace }) } }
}
