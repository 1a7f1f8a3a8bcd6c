import type { Admin } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import type { AdminConnection } from '../../src/adapters/kafka/admin.js'
import { prepareGeneration } from '../../src/adapters/kafka/generation.js'
import { settingsOf } from '../../src/adapters/kafka/options.js'
import { testOptions } from './harness.js'

/**
 * Brokers that list a topic only when they have been asked for it so many times; others of them, who tell more of it,
 * do not know it for some times more.
 */
function slowBrokers(looks: number, othersLooks = 0): AdminConnection {
  let asked = 0
  let othersAsked = 0
  let configs: { configName: string; configValue: string }[] = []
  const admin = {
    async createTopics({ topics }: Parameters<Admin['createTopics']>[0]) {
      configs = (topics[0]?.configEntries ?? []).map(({ name, value }) => ({
        configName: name,
        configValue: value,
      }))
      return true
    },
    listTopics: async () => (++asked > looks ? [TOPIC] : []),
    async fetchTopicMetadata() {
      if (++othersAsked <= othersLooks) throw UNKNOWN
      return { topics: [{ partitions: [{ partitionId: 0, replicas: [1] }] }] }
    },
    async describeConfigs() {
      if (++othersAsked <= othersLooks + 2 && othersLooks > 0) throw UNKNOWN
      return { resources: [{ configEntries: configs }] }
    },
    fetchOffsets: async () => [],
    fetchTopicOffsets: async () => [{ partition: 0, low: '0', high: '0' }],
  }
  return {
    run: (_: string, ask: (one: Admin) => unknown) => ask(admin as unknown as Admin),
  } as unknown as AdminConnection
}

const UNKNOWN = Object.assign(new Error('This server does not host this topic-partition'), {
  type: 'UNKNOWN_TOPIC_OR_PARTITION',
})

const options = testOptions(['127.0.0.1:1'])
const TOPIC = `${options.topicPrefix}.g1`
const settings = {
  ...settingsOf(options),
  environment: {
    ...options.environment,
    setTimer: (run: () => void) => options.environment.setTimer(run, 0),
  },
}

describe('a topic that was made a moment ago', () => {
  it('is waited for while one broker lists it and another has not heard of it', async () => {
    const made = await prepareGeneration(slowBrokers(2, 6), 1, 'open', settings)
    expect(made).toMatchObject({ topic: TOPIC, partitions: 1 })
    await expect(
      prepareGeneration(slowBrokers(2, Number.POSITIVE_INFINITY), 1, 'open', settings),
    ).rejects.toMatchObject({ code: 'topic_missing' })
  })

  it('is waited for while busy brokers tell each other of it', async () => {
    const made = await prepareGeneration(slowBrokers(20), 1, 'open', settings)
    expect(made).toMatchObject({ topic: TOPIC, partitions: 1 })
    expect(made.marker).toMatch(/^\d{19}$/)
  })

  it('is not waited for where nobody makes it', async () => {
    const given = { ...settings, createTopics: false }
    await expect(prepareGeneration(slowBrokers(20), 1, 'open', given)).rejects.toMatchObject({
      code: 'topic_missing',
    })
  })

  it('and never shows is told, after a while', async () => {
    await expect(
      prepareGeneration(slowBrokers(Number.POSITIVE_INFINITY), 1, 'open', settings),
    ).rejects.toMatchObject({ code: 'topic_missing' })
  })
})
