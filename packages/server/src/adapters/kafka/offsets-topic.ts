import kafkajs, { type Admin } from 'kafkajs'
import type { AdminConnection } from './admin.js'
import { MIN_INSYNC, MIN_REPLICAS } from './checks.js'
import { isDenied, KafkaLogError } from './errors.js'
import type { KafkaLogSettings } from './options.js'
import { describeTopic } from './topic.js'

/** Where Kafka keeps what every consumer group has committed. */
export const OFFSETS_TOPIC = '__consumer_offsets'

/** How safe what is committed is; of a topic that is not there yet, as the brokers would make it. */
export interface OffsetsFacts {
  readonly exists: boolean
  /** Of the partition that has the fewest. */
  readonly replicas: number
  readonly insync: number
}

/** Why committed offsets may be lost, or sequencers stand still, with one broker; undefined when not. */
export function unsafeOffsets({ exists, replicas, insync }: OffsetsFacts) {
  if (replicas < MIN_REPLICAS) {
    return unsafe(
      `${exists ? `The topic ${OFFSETS_TOPIC} has` : `The brokers would make ${OFFSETS_TOPIC} with`} ${replicas} replicas of a partition; below ${MIN_REPLICAS} the death of a broker may stop all sequencers, and take with it what they have committed.`,
      exists
        ? `Raise its replication factor to ${MIN_REPLICAS} (kafka-reassign-partitions)`
        : `Set offsets.topic.replication.factor to ${MIN_REPLICAS} on the brokers`,
    )
  }
  if (insync < MIN_INSYNC) {
    return unsafe(
      `${exists ? `The topic ${OFFSETS_TOPIC} has` : `The brokers would make ${OFFSETS_TOPIC} with`} min.insync.replicas ${insync}; below ${MIN_INSYNC} an offset counts as committed that only one broker has.`,
      exists
        ? `Set min.insync.replicas to ${MIN_INSYNC} on it`
        : `Set min.insync.replicas to ${MIN_INSYNC} on the brokers`,
    )
  }
  return undefined
}

const unsafe = (message: string, remedy: string) =>
  new KafkaLogError(
    'offsets_unsafe',
    message,
    `${remedy}, or set allowUnsafeKafka for development.`,
  )

/**
 * Rejects with KafkaLogError where what sequencers commit is not safe with one broker dead. A cluster that lets
 * nobody ask is told as trouble, and taken.
 */
export async function verifyOffsetsTopic(
  admin: AdminConnection,
  settings: Pick<KafkaLogSettings, 'allowUnsafeKafka' | 'onTrouble'>,
): Promise<void> {
  if (settings.allowUnsafeKafka) return
  let facts: OffsetsFacts
  try {
    facts = await admin.run(`describing ${OFFSETS_TOPIC}`, describeOffsets)
  } catch (error) {
    if (!isDenied(error)) throw error
    settings.onTrouble?.(`log, looking at ${OFFSETS_TOPIC}`, error)
    return
  }
  if (Number.isNaN(facts.replicas) || Number.isNaN(facts.insync)) {
    const silent = new Error(`the brokers do not say how they keep ${OFFSETS_TOPIC}`)
    settings.onTrouble?.('log, start', silent)
    return
  }
  const error = unsafeOffsets(facts)
  if (error !== undefined) throw error
}

export async function describeOffsets(admin: Admin): Promise<OffsetsFacts> {
  const topic = await describeTopic(admin, OFFSETS_TOPIC)
  if (topic === undefined) return asMadeByBrokers(admin)
  return {
    exists: true,
    replicas: Math.min(...topic.replicas),
    insync: Number(topic.configs.get('min.insync.replicas')),
  }
}

/** What the brokers give a topic of offsets that they make: it is made when the first group commits. */
export async function asMadeByBrokers(admin: Admin): Promise<OffsetsFacts> {
  const { brokers } = await admin.describeCluster()
  const [broker] = brokers
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [
      {
        type: kafkajs.ConfigResourceTypes.BROKER,
        name: String(broker?.nodeId),
        configNames: ['offsets.topic.replication.factor', 'min.insync.replicas'],
      },
    ],
  })
  const entries = resources[0]?.configEntries ?? []
  const numberOf = (name: string): number =>
    Number(entries.find(({ configName }) => configName === name)?.configValue)
  return {
    exists: false,
    replicas: numberOf('offsets.topic.replication.factor'),
    insync: numberOf('min.insync.replicas'),
  }
}
