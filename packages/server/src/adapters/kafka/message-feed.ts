import type { FedMessage, MessageFeed } from '../../ports/message-feed.js'
import { partitionOf } from '../../stream/partition.js'
import { AdminConnection } from './admin.js'
import { unsafeTopic } from './checks.js'
import { KafkaClients, within } from './client.js'
import { KafkaLogError } from './errors.js'
import { makeAndDescribe, reasonOf } from './generation.js'
import { KafkaTransport } from './kafka-transport.js'
import { type KafkaLogOptions, settingsOf } from './options.js'
import { Producer } from './producer.js'
import { type EncodedRecord, recordBytes, requestHeaders } from './record.js'

export interface KafkaFeedOptions extends Omit<KafkaLogOptions, 'registry'> {
  readonly topic: string
}

/**
 * The feed as a topic: a record for each message, keyed by its channel, its value the event as JSON. Rejects with
 * KafkaLogError when the brokers cannot be reached, or the topic is missing or unsafe.
 */
export async function createKafkaMessageFeed(options: KafkaFeedOptions): Promise<MessageFeed> {
  const settings = settingsOf(options)
  const { environment, topic } = settings
  const clients = new KafkaClients(settings)
  const partitions = await within(
    environment,
    settings.startTimeoutMs,
    `looking at the topic ${topic}`,
    partitionsOf(clients, settings),
  ).catch((cause: unknown) => {
    if (cause instanceof KafkaLogError) throw cause
    throw new KafkaLogError(
      'unreachable',
      `The topic ${topic} cannot be used: ${reasonOf(cause)}.`,
      'Check kafkaBrokers, the network, and the credentials.',
      { cause },
    )
  })
  const producer = new Producer(new KafkaTransport(clients, topic, environment), settings)
  let closed: Promise<void> | undefined
  return {
    async publish(messages) {
      const records = messages.map((message) => encodeMessage(message, partitions))
      const outcomes = await producer.append(records)
      const failed = outcomes.find(({ status }) => status !== 'appended')
      if (failed !== undefined && 'reason' in failed) {
        throw new Error(
          `${topic} did not take all of ${messages.length} messages: ${failed.reason}`,
        )
      }
    },
    close() {
      closed ??= producer.close()
      return closed
    },
  }
}

async function partitionsOf(
  clients: KafkaClients,
  settings: ReturnType<typeof settingsOf<KafkaFeedOptions>>,
): Promise<number> {
  const { topic } = settings
  const admin = new AdminConnection(clients, settings.environment)
  try {
    const found = await makeAndDescribe(admin, topic, undefined, settings)
    if (found === undefined) {
      throw new KafkaLogError(
        'topic_missing',
        `There is no topic ${topic}.`,
        'Make it, or set kafkaMessageSentTopic to another one, or to "none".',
      )
    }
    const unsafe = settings.allowUnsafeKafka ? undefined : unsafeTopic(found)
    if (unsafe !== undefined) throw unsafe
    return found.replicas.length
  } finally {
    await admin.close()
  }
}

function encodeMessage({ event, json, request }: FedMessage, partitions: number): EncodedRecord {
  const key = event.channel_id
  const value = Buffer.from(json)
  const headers = request === undefined ? {} : requestHeaders(request)
  return {
    partition: partitionOf(key, partitions),
    key,
    value,
    headers,
    bytes: recordBytes(key, value, headers),
  }
}
