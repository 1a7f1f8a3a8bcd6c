import { describe, expect, it } from 'vitest'
import { AdminConnection } from '../../src/adapters/kafka/admin.js'
import { KafkaClients } from '../../src/adapters/kafka/client.js'
import { createKafkaCommandLog } from '../../src/adapters/kafka/command-log.js'
import {
  asMadeByBrokers,
  describeOffsets,
  unsafeOffsets,
  verifyOffsetsTopic,
} from '../../src/adapters/kafka/offsets-topic.js'
import { settingsOf } from '../../src/adapters/kafka/options.js'
import { useService } from '../services/use-service.js'
import { joinAndLeave, testOptions } from './harness.js'

const { brokers } = await useService('kafka')

describe('what sequencers commit', () => {
  it.each([
    ['that is there', true, /^The topic __consumer_offsets has/],
    ['that the brokers would make', false, /^The brokers would make __consumer_offsets with/],
  ])('is safe in a topic %s with 3 replicas, 2 of them in sync', (_, exists, beginning) => {
    expect(unsafeOffsets({ exists, replicas: 3, insync: 2 })).toBeUndefined()
    for (const facts of [
      { exists, replicas: 2, insync: 2 },
      { exists, replicas: 3, insync: 1 },
    ]) {
      const error = unsafeOffsets(facts)
      expect(error?.code).toBe('offsets_unsafe')
      expect(error?.message).toMatch(beginning)
      expect(error?.remedy).toMatch(/on (it|the brokers), or set allowUnsafeKafka|reassign/)
    }
  })
})

describe('a broker that keeps one copy of what is committed', () => {
  const options = { ...testOptions(brokers) }

  /** Over a connection of its own. */
  async function withAdmin<T>(ask: (admin: AdminConnection) => Promise<T>): Promise<T> {
    const settings = settingsOf(options)
    const admin = new AdminConnection(new KafkaClients(settings), settings.environment)
    try {
      return await ask(admin)
    } finally {
      await admin.close()
    }
  }

  it('is refused with the remedy, whether the topic is there or not, and taken where it is allowed', async () => {
    await withAdmin(async (admin) => {
      expect(await admin.run('asking', asMadeByBrokers)).toEqual({
        exists: false,
        replicas: 1,
        insync: 1,
      })
      await (await createKafkaCommandLog(options)).close()
      await joinAndLeave(options)
      expect(await admin.run('asking', describeOffsets)).toEqual({
        exists: true,
        replicas: 1,
        insync: 1,
      })
      await expect(verifyOffsetsTopic(admin, { allowUnsafeKafka: false })).rejects.toMatchObject({
        code: 'offsets_unsafe',
        message: expect.stringMatching(/__consumer_offsets has 1 replicas/),
        remedy: expect.stringMatching(/allowUnsafeKafka/),
      })
      await verifyOffsetsTopic(admin, { allowUnsafeKafka: true })
    })
  })

  it('is not judged where the cluster lets nobody ask: that is told', async () => {
    const told: string[] = []
    const settings = {
      allowUnsafeKafka: false,
      onTrouble: (where: string) => void told.push(where),
    }
    const denied = Object.assign(new Error('denied'), { type: 'CLUSTER_AUTHORIZATION_FAILED' })
    const admin = { run: () => Promise.reject(denied) } as never as AdminConnection
    await verifyOffsetsTopic(admin, settings)
    const silent = { exists: false, replicas: Number.NaN, insync: Number.NaN }
    await verifyOffsetsTopic({ run: async () => silent } as never as AdminConnection, settings)
    expect(told).toEqual(['log, looking at __consumer_offsets', 'log, start'])
    const broken = { run: () => Promise.reject(new Error('gone')) } as never as AdminConnection
    await expect(verifyOffsetsTopic(broken, settings)).rejects.toThrow('gone')
  })
})
