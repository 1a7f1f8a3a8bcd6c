import type { LogGeneration } from '../../ports/log-registry.js'
import { KafkaLogError } from './errors.js'
import { PARTITIONER } from './record.js'
import { markerOf, type PartitionOffsets, type TopicDescription } from './topic.js'

/** Below these the death of one broker may lose what was acknowledged (I1). */
export const MIN_REPLICAS = 3
export const MIN_INSYNC = 2

/** Why the topic may lose what was acknowledged (I1); undefined when it may not. */
export function unsafeTopic(description: TopicDescription): KafkaLogError | undefined {
  const { topic, replicas, configs } = description
  const fewest = Math.min(...replicas)
  if (fewest < MIN_REPLICAS) {
    return unsafe(
      `The topic ${topic} has ${fewest} replicas of a partition; below ${MIN_REPLICAS} the death of a broker may lose acknowledged messages.`,
      `Raise its replication factor to ${MIN_REPLICAS} (kafka-reassign-partitions)`,
    )
  }
  const insync = Number(configs.get('min.insync.replicas'))
  if (!(insync >= MIN_INSYNC)) {
    return unsafe(
      `The topic ${topic} has min.insync.replicas ${configs.get('min.insync.replicas')}; below ${MIN_INSYNC} a message is acknowledged that only one broker has.`,
      `Set min.insync.replicas to ${MIN_INSYNC} on it`,
    )
  }
  if (configs.get('unclean.leader.election.enable') !== 'false') {
    return unsafe(
      `The topic ${topic} allows unclean leader election, which throws acknowledged messages away.`,
      'Set unclean.leader.election.enable to false on it',
    )
  }
  return undefined
}

const unsafe = (message: string, remedy: string) =>
  new KafkaLogError('topic_unsafe', message, `${remedy}, or set allowUnsafeKafka for development.`)

/** Why the topic cannot hold commands at all: whatever is allowed, it would drop records or is not ours (R11). */
export function wrongTopic(
  description: TopicDescription,
  stored: LogGeneration,
  rulesVersion: number,
): KafkaLogError | undefined {
  const { topic, replicas, configs } = description
  if (stored.rulesVersion !== rulesVersion) {
    const newer = stored.rulesVersion > rulesVersion
    return new KafkaLogError(
      'rules_differ',
      `Generation ${stored.generation} of the log follows rules version ${stored.rulesVersion}; this version of Tidings knows ${rulesVersion}.`,
      newer
        ? 'Start the newer version of Tidings.'
        : 'While the older version runs, move to a new generation with this one (tidings log move); then start this one.',
    )
  }
  if (stored.partitioner !== PARTITIONER) {
    return new KafkaLogError(
      'rules_differ',
      `Generation ${stored.generation} of the log shares channels out by ${stored.partitioner}; this version of Tidings by ${PARTITIONER}.`,
      'Start the version of Tidings that wrote it.',
    )
  }
  if (markerOf(description) !== stored.marker) {
    return new KafkaLogError(
      'topic_foreign',
      `The topic ${topic} is not the one that this installation used: it was deleted and made anew, or belongs to another installation.`,
      'Connect to the cluster that has the right topic. If its records are lost, channels need new epochs in a new generation (R10).',
    )
  }
  if (replicas.length !== stored.partitions) {
    return new KafkaLogError(
      'rules_differ',
      `The topic ${topic} has ${replicas.length} partitions, and generation ${stored.generation} of the log was made with ${stored.partitions}: channels would change their partition.`,
      'Partitions are changed by moving to a new generation (tidings log move --kafka-partitions N), never by altering the topic.',
    )
  }
  if (configs.get('cleanup.policy') !== 'delete') {
    return new KafkaLogError(
      'topic_unsafe',
      `The topic ${topic} has cleanup.policy ${configs.get('cleanup.policy')}, which drops commands that were not read.`,
      'Set cleanup.policy to delete on it.',
    )
  }
  return undefined
}

/** R8, R11: the log reaches from what is committed to its end, or it has lost records or was restored. */
export function goneBack(
  topic: string,
  partition: number,
  { earliest, end, committed }: PartitionOffsets,
): KafkaLogError | undefined {
  const from = committed ?? 0
  if (earliest > from) {
    return new KafkaLogError(
      'gone_back',
      `Partition ${partition} of ${topic} begins at offset ${earliest}, above ${committed === undefined ? 'the beginning, and nothing is committed' : `the committed offset ${from}`}: commands that were not stored are lost.`,
      'Bring back the log or its committed offsets. If they are lost, channels need new epochs in a new generation (R10).',
    )
  }
  if (end < from) {
    return new KafkaLogError(
      'gone_back',
      `Partition ${partition} of ${topic} ends at offset ${end}, below the committed offset ${from}: the log was restored from an older state or lost records.`,
      'Bring back the log. If it is lost, channels need new epochs in a new generation (R10).',
    )
  }
  return undefined
}
