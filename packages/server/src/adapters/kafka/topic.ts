import kafkajs, { type Admin, type ConfigEntries } from 'kafkajs'
import { isNotKnown } from './errors.js'
import type { KafkaLogSettings } from './options.js'

/** A topic as the brokers describe it. */
export interface TopicDescription {
  readonly topic: string
  /** By partition. */
  readonly replicas: readonly number[]
  readonly configs: ReadonlyMap<string, string>
}

/** Where a partition begins and ends, and what its readers have committed. */
export interface PartitionOffsets {
  readonly earliest: number
  readonly end: number
  /** Undefined when the group has committed nothing. */
  readonly committed: number | undefined
}

/** Undefined when there is no such topic, or not every broker that was asked has heard of it. */
export async function describeTopic(
  admin: Admin,
  topic: string,
): Promise<TopicDescription | undefined> {
  const existing = await admin.listTopics()
  if (!existing.includes(topic)) return undefined
  try {
    return await describeListed(admin, topic)
  } catch (error) {
    if (isNotKnown(error)) return undefined
    throw error
  }
}

async function describeListed(admin: Admin, topic: string): Promise<TopicDescription> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const partitions = [...(topics[0]?.partitions ?? [])].sort(
    (a, b) => a.partitionId - b.partitionId,
  )
  return {
    topic,
    replicas: partitions.map(({ replicas }) => replicas.length),
    configs: await readConfigs(admin, topic),
  }
}

async function readConfigs(admin: Admin, topic: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readEntries(admin, topic)
  return new Map(entries.map(({ configName, configValue }) => [configName, configValue]))
}

/** Every setting of a topic, with where it comes from. */
export async function readEntries(admin: Admin, topic: string): Promise<readonly ConfigEntries[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic }],
  })
  return resources[0]?.configEntries ?? []
}

/** Offsets of all partitions, read in this order: what is committed never lies above what was read as the end later. */
export async function readOffsets(
  admin: Admin,
  topic: string,
  groupId: string,
): Promise<readonly PartitionOffsets[]> {
  const groups = await admin.fetchOffsets({ groupId, topics: [topic] })
  const committed = new Map(
    groups[0]?.partitions.map(({ partition, offset }) => [partition, Number(offset)]) ?? [],
  )
  const ends = await admin.fetchTopicOffsets(topic)
  return [...ends]
    .sort((a, b) => a.partition - b.partition)
    .map(({ partition, low, high }) => {
      const offset = committed.get(partition) ?? -1
      return {
        earliest: Number(low),
        end: Number(high),
        committed: offset < 0 ? undefined : offset,
      }
    })
}

/** Makes the topic with the settings that are asked of it; false when it was there already. */
export function createTopic(
  admin: Admin,
  topic: string,
  marker: string | undefined,
  settings: Pick<
    KafkaLogSettings,
    'partitions' | 'replicationFactor' | 'minInsyncReplicas' | 'retentionMs'
  >,
): Promise<boolean> {
  const configs: Readonly<Record<string, string>> = {
    'cleanup.policy': 'delete',
    'min.insync.replicas': String(settings.minInsyncReplicas),
    'unclean.leader.election.enable': 'false',
    'retention.ms': String(settings.retentionMs),
    'retention.bytes': '-1',
    'max.message.bytes': String(MAX_MESSAGE_BYTES),
    ...(marker !== undefined && { [MARKER_CONFIG]: marker }),
  }
  return admin.createTopics({
    // it is described, and described again, until it is there
    waitForLeaders: false,
    timeout: 15_000,
    topics: [
      {
        topic,
        numPartitions: settings.partitions,
        replicationFactor: settings.replicationFactor,
        configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
      },
    ],
  })
}

const MAX_MESSAGE_BYTES = 1024 * 1024

/**
 * Where a topic carries its marker. The client library does not show topic ids. This setting is kept by the brokers
 * with the topic and vanishes with it, and means nothing where `cleanup.policy` is `delete`.
 */
export const MARKER_CONFIG = 'max.compaction.lag.ms'
/** What the setting is when nobody has set it: 2^63 - 1. */
const NO_MARKER = '9223372036854775807'

/** A number above 2^62, so that even a topic that is compacted by mistake would not notice it. */
export function newMarker(random: () => number): string {
  return String(2n ** 62n + BigInt(Math.floor(random() * 2 ** 53)))
}

/** Empty for a topic that was made by other means than ours. */
export function markerOf({ configs }: TopicDescription): string {
  const marker = configs.get(MARKER_CONFIG)
  return marker === undefined || marker === NO_MARKER ? '' : marker
}
