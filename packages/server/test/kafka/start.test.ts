import kafkajs, { type Admin } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKafkaCommandLog } from '../../src/adapters/kafka/command-log.js'
import { KafkaLogError } from '../../src/adapters/kafka/errors.js'
import type { KafkaLogOptions } from '../../src/adapters/kafka/options.js'
import { createMemoryLogRegistry } from '../../src/adapters/memory/log-registry.js'
import { command } from '../../src/ports/contract/log-support.js'
import { useService } from '../services/use-service.js'
import { testOptions } from './harness.js'

const { brokers } = await useService('kafka')

const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
const admin: Admin = kafka.admin()
beforeAll(() => admin.connect())
afterAll(() => admin.disconnect())

const topicOf = ({ topicPrefix }: KafkaLogOptions) => `${topicPrefix}.g1`

/** Opens the log and closes it again; the error with which it was refused. */
async function refusal(options: KafkaLogOptions): Promise<KafkaLogError> {
  try {
    await (await createKafkaCommandLog(options)).close()
  } catch (error) {
    if (error instanceof KafkaLogError) return error
    throw error
  }
  throw new Error('the log was opened')
}

async function openOnce(options: KafkaLogOptions): Promise<void> {
  await (await createKafkaCommandLog(options)).close()
}

describe('a log on Kafka that is opened', () => {
  it('makes its topic with the settings that are asked of it', async () => {
    const options = testOptions(brokers)
    await openOnce(options)
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topicOf(options) }],
    })
    const configs = new Map(
      resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    )
    expect(configs.get('cleanup.policy')).toBe('delete')
    expect(configs.get('unclean.leader.election.enable')).toBe('false')
    expect(configs.get('min.insync.replicas')).toBe('1')
    expect(configs.get('retention.ms')).toBe(String(7 * 24 * 3_600_000))
    expect((await options.registry.read())[0]).toMatchObject({
      generation: 1,
      topic: topicOf(options),
      partitions: 4,
      status: 'open',
      marker: configs.get('max.compaction.lag.ms'),
    })
  })

  it('by several processes at once for the first time is one log', async () => {
    const options = testOptions(brokers)
    const logs = await Promise.all([1, 2, 3].map(() => createKafkaCommandLog(options)))
    expect(logs.map(({ generation, partitions }) => [generation, partitions])).toEqual([
      [1, 4],
      [1, 4],
      [1, 4],
    ])
    expect(await options.registry.read()).toHaveLength(1)
    await Promise.all(logs.map((log) => log.close()))
  })

  it('I1: is refused when the topic may lose messages, with the remedy', async () => {
    const options = { ...testOptions(brokers), allowUnsafeKafka: false }
    const error = await refusal(options)
    expect(error.code).toBe('topic_unsafe')
    expect(`${error.message} ${error.remedy}`).toMatch(/1 replicas.*allowUnsafeKafka/)
    expect(await options.registry.read()).toEqual([])
  })

  it('is refused when the cluster cannot make the topic as it should be', async () => {
    const error = await refusal({ ...testOptions(brokers), replicationFactor: 3 })
    expect(error.code).toBe('topic_missing')
    expect(error.message).toMatch(/cannot be made/)
  })

  it('is refused when the topic is missing and must not be made', async () => {
    const error = await refusal({ ...testOptions(brokers), createTopics: false })
    expect(error.code).toBe('topic_missing')
    expect(error.remedy).toMatch(/min\.insync\.replicas/)
  })

  it('R11: is refused when the topic was deleted and made anew', async () => {
    const options = testOptions(brokers)
    await openOnce(options)
    const topic = topicOf(options)
    await admin.deleteTopics({ topics: [topic] })
    expect((await refusal(options)).code).toBe('topic_missing')
    await admin.createTopics({ topics: [{ topic, numPartitions: 4, replicationFactor: 1 }] })
    expect((await refusal(options)).code).toBe('topic_foreign')
  })

  it('R11: is refused when the topic was given more partitions', async () => {
    const options = testOptions(brokers)
    await openOnce(options)
    await admin.createPartitions({ topicPartitions: [{ topic: topicOf(options), count: 5 }] })
    const error = await refusal(options)
    expect(error.code).toBe('rules_differ')
    expect(error.message).toMatch(/5 partitions.*made with 4/)
  })

  it('R11: is refused when the generation follows other rules', async () => {
    const options = testOptions(brokers)
    await openOnce(options)
    const [stored] = await options.registry.read()
    if (stored === undefined) throw new Error('nothing was stored')
    await options.registry.put(stored, { ...stored, rulesVersion: 99 })
    const error = await refusal(options)
    expect(error.code).toBe('rules_differ')
    expect(error.remedy).toMatch(/newer version/)
  })

  it('R10: is refused when the topic holds records that the installation knows nothing of', async () => {
    const options = testOptions(brokers)
    const log = await createKafkaCommandLog(options)
    await log.append([command('c')])
    await log.close()
    const error = await refusal({ ...options, registry: createMemoryLogRegistry() })
    expect(error.code).toBe('topic_foreign')
    expect(error.message).toMatch(/holds records/)
  })

  it('is refused in one sentence when no broker answers', async () => {
    const error = await refusal({
      ...testOptions(['127.0.0.1:1']),
      startTimeoutMs: 1_000,
    })
    expect(error.code).toBe('unreachable')
    expect(error.message).toMatch(/127\.0\.0\.1:1 cannot be used/)
  })

  it('is refused with what stood in the way last, also when its time is over in the middle of a try', async () => {
    const error = await refusal({ ...testOptions(['127.0.0.1:1']), startTimeoutMs: 200 })
    expect(error.message).toMatch(/took longer than 200 ms \(.*ECONNREFUSED.*\)\.$/)
  })
})
