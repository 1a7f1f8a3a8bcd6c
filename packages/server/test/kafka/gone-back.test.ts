import kafkajs, { type Admin } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KafkaClients } from '../../src/adapters/kafka/client.js'
import { createKafkaCommandLog } from '../../src/adapters/kafka/command-log.js'
import { KafkaLogError } from '../../src/adapters/kafka/errors.js'
import { GroupReader } from '../../src/adapters/kafka/group-reader.js'
import { settingsOf } from '../../src/adapters/kafka/options.js'
import { appendAll, command, commands } from '../../src/ports/contract/log-support.js'
import { RecordingReader } from '../../src/ports/contract/recording-reader.js'
import { useService } from '../services/use-service.js'
import { until } from '../support/wait.js'
import { testOptions } from './harness.js'

const { brokers } = await useService('kafka')

const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })
const admin: Admin = kafka.admin()
beforeAll(() => admin.connect())
afterAll(() => admin.disconnect())

const PATIENCE_MS = 40_000

function world() {
  const fatal: Error[] = []
  const options = {
    ...testOptions(brokers),
    partitions: 1,
    onFatal: (error: Error) => void fatal.push(error),
  }
  const topic = `${options.topicPrefix}.g1`
  const groupId = `${options.groupPrefix}.g1`
  const codes = () => fatal.map((error) => error instanceof KafkaLogError && error.code)
  const committed = async () => {
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] })
    return Number(offsets?.partitions[0]?.offset)
  }
  return { options, topic, codes, committed }
}

describe('R8: a log that has gone back', () => {
  it('is not read when it begins above what is committed', async () => {
    const { options, topic, codes, committed } = world()
    const log = await createKafkaCommandLog(options)
    await appendAll(log, commands('c', 6))
    const first = new RecordingReader({ commit: () => 2 })
    const reading = await log.read(first)
    await until('2 are committed', async () => (await committed()) === 2, PATIENCE_MS)
    await reading.close()
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] })

    const second = new RecordingReader()
    const subscription = await log.read(second)
    await until('it is told', () => codes().length > 0, PATIENCE_MS)
    expect(codes()[0]).toBe('gone_back')
    expect(second.runs).toEqual([])
    expect(await committed()).toBe(2)
    await subscription.close()
    await log.close()
  })

  it('is not skipped when it loses what is being read: the client library resets nothing', async () => {
    const { options, topic, codes, committed } = world()
    const log = await createKafkaCommandLog({ ...options, maxReadAheadRecords: 1 })
    // more than one fetch holds
    const large = Array.from({ length: 8 }, () => command('c', 'x'.repeat(300_000)))
    await appendAll(log, large)
    const { promise: lost, resolve: release } = Promise.withResolvers<void>()
    const seen: number[] = []
    const subscription = await log.read({
      async run(assignment) {
        for (;;) {
          const records = await assignment.next(1)
          if (records.length === 0) return
          seen.push(...records.map(({ position }) => position.offset))
          if (seen.length === 1) await assignment.commit(1)
          await lost
        }
      },
    })
    await until('the first is committed', async () => (await committed()) === 1, PATIENCE_MS)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '8' }] })
    release()
    await until('it is told', () => codes().length > 0, PATIENCE_MS)
    expect(codes()[0]).toBe('gone_back')
    expect(seen).toEqual(seen.map((_, i) => i))
    expect(seen).not.toContain(7)
    expect(await committed()).toBe(1)
    await subscription.close()
    await log.close()
  })

  it('is looked at again: a leader that was frozen may not know yet that it leads no more, and tells of an older end', async () => {
    const { options, topic, codes } = world()
    const log = await createKafkaCommandLog(options)
    await appendAll(log, commands('c', 6))
    const settings = settingsOf(options)
    const reader = new RecordingReader({ commit: () => 2 })
    let looks = 0
    const reading = new GroupReader(reader, {
      settings,
      clients: new KafkaClients(settings),
      generation: 1,
      topic,
      groupId: `${options.groupPrefix}.g1`,
      partitions: 1,
      onSeal: () => undefined,
      inspect: async () => [{ earliest: 0, end: ++looks < 3 ? 1 : 6, committed: 2 }],
    })
    await until('it is read', () => reader.records.length === 4, PATIENCE_MS)
    expect(codes()).toEqual([])
    await reading.close()
    await log.close()
  })

  it('R11: is not read on when its topic is gone', async () => {
    const { options, topic, codes } = world()
    const log = await createKafkaCommandLog(options)
    await appendAll(log, commands('c', 3))
    const reader = new RecordingReader({ commit: () => 0 })
    const subscription = await log.read(reader)
    await until('3 records', () => reader.records.length === 3, PATIENCE_MS)
    await admin.deleteTopics({ topics: [topic] })
    await until('it is told', () => codes().length > 0, PATIENCE_MS)
    expect(['topic_missing', 'topic_foreign']).toContain(codes()[0])
    expect(reader.records).toHaveLength(3)
    await subscription.close()
    await log.close()
  })
})

describe('R11: a record that this installation did not write', () => {
  it('is told of, and neither skipped nor handed out', async () => {
    const { options, topic, codes } = world()
    const log = await createKafkaCommandLog(options)
    const [first, second] = commands('c', 2)
    if (first === undefined || second === undefined) throw new Error('two were made')
    await appendAll(log, [first])
    const producer = kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    })
    await producer.connect()
    await producer.send({ topic, messages: [{ value: 'hello', partition: 0 }] })
    await producer.disconnect()
    await appendAll(log, [second])
    const reader = new RecordingReader()
    const subscription = await log.read(reader)
    await until('it is told', () => codes().length > 0, PATIENCE_MS)
    expect(codes()).toEqual(['record_foreign'])
    expect(reader.records.map((record) => record.command.clientMsgId)).toEqual([first.clientMsgId])
    await subscription.close()
    await log.close()
  })
})

describe('a record in the log', () => {
  it('carries the request id and the W3C trace context in its headers', async () => {
    const { options, topic } = world()
    const log = await createKafkaCommandLog(options)
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await appendAll(log, [{ ...command('c'), requestId: 'request 1', trace }])
    const consumer = kafka.consumer({ groupId: `${topic}.headers` })
    const { promise, resolve } = Promise.withResolvers<Record<string, string>>()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ message }) =>
        resolve(
          Object.fromEntries(
            Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
          ),
        ),
    })
    expect(await promise).toEqual({ rules: '1', request_id: 'request 1', traceparent: trace })
    await consumer.disconnect()
    await log.close()
  })
})
