import type { LogGeneration, LogRegistry } from '../../ports/log-registry.js'
import { RULES_VERSION } from '../../stream/command.js'
import type { Position } from '../../stream/position.js'
import type { AdminConnection } from './admin.js'
import { unsafeTopic, wrongTopic } from './checks.js'
import { creationRefusal, KafkaLogError } from './errors.js'
import type { KafkaLogSettings } from './options.js'
import { PARTITIONER } from './record.js'
import {
  createTopic,
  describeTopic,
  markerOf,
  newMarker,
  readOffsets,
  type TopicDescription,
} from './topic.js'

/** The generation that is read now: the first that is not stored yet. */
export function currentOf(generations: readonly LogGeneration[]): LogGeneration | undefined {
  return generations.find(({ status }) => status !== 'stored' && status !== 'prepared')
}

/** R10: where the partitions of the last generation ended that was moved away from; empty when there was none. */
export function lastSeals(generations: readonly LogGeneration[]): readonly Position[] {
  const last = generations.findLast(({ status, seals }) => status === 'stored' && seals)
  const { generation = 0, seals = [] } = last ?? {}
  return seals.map((offset, partition) => ({ generation, partition, offset }))
}

export const topicOf = (prefix: string, generation: number): string => `${prefix}.g${generation}`

/** Rejects with KafkaLogError when the topic is not the stored one, follows other rules, or is unsafe (R11). */
export async function verifyTopic(
  admin: AdminConnection,
  stored: LogGeneration,
  settings: Pick<KafkaLogSettings, 'allowUnsafeKafka' | 'environment'>,
): Promise<void> {
  const { topic, generation } = stored
  const description = await describeExisting(admin, topic, settings.environment)
  if (description === undefined) {
    throw new KafkaLogError(
      'topic_missing',
      `The topic ${topic} of generation ${generation} is gone.`,
      'Connect to the cluster that has it. If it is lost, channels need new epochs in a new generation (R10).',
    )
  }
  const wrong = wrongTopic(description, stored, RULES_VERSION)
  const unsafe = settings.allowUnsafeKafka ? undefined : unsafeTopic(description)
  if (wrong !== undefined) throw wrong
  if (unsafe !== undefined) throw unsafe
}

/** The current generation; an installation without any gets its first. Two processes that start at once agree. */
export async function openGeneration(
  admin: AdminConnection,
  registry: LogRegistry,
  settings: KafkaLogSettings,
): Promise<LogGeneration> {
  const known = currentOf(await registry.read())
  if (known === undefined) {
    await registry.put(undefined, await prepareGeneration(admin, 1, 'open', settings))
  }
  const current = known ?? currentOf(await registry.read())
  if (current === undefined) {
    throw new KafkaLogError(
      'rules_differ',
      'The installation has generations of the log, and none of them is open.',
      'Finish the move that was begun (tidings log move).',
    )
  }
  await verifyTopic(admin, current, settings)
  return current
}

/** Makes the topic of a new generation, or takes one that is there and was never used. */
export async function prepareGeneration(
  admin: AdminConnection,
  generation: number,
  status: LogGeneration['status'],
  settings: KafkaLogSettings,
): Promise<LogGeneration> {
  const topic = topicOf(settings.topicPrefix, generation)
  const marker = newMarker(settings.environment.random)
  const description = await makeAndDescribe(admin, topic, marker, settings)
  if (description === undefined) {
    throw new KafkaLogError(
      'topic_missing',
      `There is no topic ${topic}.`,
      `Make it (${settings.partitions} partitions, ${settings.replicationFactor} replicas, min.insync.replicas ${settings.minInsyncReplicas}, cleanup.policy delete, unclean.leader.election.enable false), or set kafkaCreateTopics.`,
    )
  }
  await refuseUsed(admin, topic, settings)
  const stored: LogGeneration = {
    generation,
    topic,
    marker: markerOf(description),
    partitions: description.replicas.length,
    partitioner: PARTITIONER,
    rulesVersion: RULES_VERSION,
    status,
  }
  await verifyTopic(admin, stored, settings)
  return stored
}

/** Makes the topic where it is missing and may be made; undefined when there is none. */
export async function makeAndDescribe(
  admin: AdminConnection,
  topic: string,
  marker: string | undefined,
  settings: Omit<KafkaLogSettings, 'registry'>,
): Promise<TopicDescription | undefined> {
  if (settings.createTopics) {
    await admin
      .run('making the topic', (one) => createTopic(one, topic, marker, settings))
      .catch((cause: unknown) => {
        throw refusedCreation(topic, settings, cause) ?? cause
      })
  }
  const looks = settings.createTopics ? MADE_LOOKS : MISSING_LOOKS
  return describeExisting(admin, topic, settings.environment, looks)
}

/** A topic that was made a moment ago is not known to every broker yet: its absence is asked for again. */
async function describeExisting(
  admin: AdminConnection,
  topic: string,
  environment: KafkaLogSettings['environment'],
  maxLooks = MISSING_LOOKS,
): Promise<TopicDescription | undefined> {
  for (let looks = 1; ; looks++) {
    const description = await admin.run('describing the topic', (one) => describeTopic(one, topic))
    if (description !== undefined || looks >= maxLooks) return description
    await new Promise<void>((resolve) => environment.setTimer(resolve, MISSING_LOOK_MS))
  }
}

const MISSING_LOOKS = 5
/** It will be there: busy brokers take seconds to tell each other. */
const MADE_LOOKS = 60
const MISSING_LOOK_MS = 300

function refusedCreation(
  topic: string,
  settings: Pick<KafkaLogSettings, 'replicationFactor'>,
  cause: unknown,
) {
  const reason = creationRefusal(cause)
  if (reason === undefined) return undefined
  return new KafkaLogError(
    'topic_missing',
    `The topic ${topic} cannot be made: ${reason}.`,
    `See that the cluster has ${settings.replicationFactor} brokers and lets this client make topics, or make it by hand.`,
    { cause },
  )
}

/** A topic that has records was written by another installation, or by this one before its data was lost. */
async function refuseUsed(
  admin: AdminConnection,
  topic: string,
  settings: Pick<KafkaLogSettings, 'groupPrefix'>,
): Promise<void> {
  const offsets = await admin.run('reading the offsets', (one) =>
    readOffsets(one, topic, `${settings.groupPrefix}.unused`),
  )
  const used = offsets.find(({ end }) => end > 0)
  if (used === undefined) return
  throw new KafkaLogError(
    'topic_foreign',
    `The topic ${topic} holds records, and this installation knows nothing of it.`,
    'Connect the database that belongs to it, or choose another kafkaTopicPrefix.',
  )
}

export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
