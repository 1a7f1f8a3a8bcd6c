import kafkajs from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { createKafkaCommandLog } from '../../src/adapters/kafka/command-log.js'
import { moveLog } from '../../src/adapters/kafka/move.js'
import { sendSeal } from '../../src/adapters/kafka/seal.js'
import type { CommandLog } from '../../src/ports/command-log.js'
import { command, commands, idsOf } from '../../src/ports/contract/log-support.js'
import { RecordingReader } from '../../src/ports/contract/recording-reader.js'
import { comparePositions } from '../../src/stream/position.js'
import { useService } from '../services/use-service.js'
import { until } from '../support/wait.js'
import { testOptions } from './harness.js'

const { brokers } = await useService('kafka')
const PATIENCE_MS = 40_000
const CHANNELS = Array.from({ length: 8 }, (_, i) => `channel ${i}`)

/** Sends in every channel, each message again under its id until it is in. */
function startLoad(log: CommandLog) {
  const acknowledged: { channelId: string; clientMsgId: string }[] = []
  let stopped = false
  const senders = CHANNELS.map(async (channelId) => {
    while (!stopped) {
      const one = command(channelId)
      for (let status = ''; status !== 'appended'; ) {
        status = (await log.append([one]))[0]?.status ?? ''
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      acknowledged.push(one)
    }
  })
  return {
    acknowledged,
    async stop() {
      stopped = true
      await Promise.all(senders)
    },
  }
}

describe('R10: a move to a new generation', () => {
  it('under load loses nothing and keeps the order of each channel', async () => {
    const options = { ...testOptions(brokers), retryAfterMs: 50, registryPollMs: 500 }
    const logs = await Promise.all([1, 2].map(() => createKafkaCommandLog(options)))
    const [first, second] = logs
    if (first === undefined || second === undefined) throw new Error('two were opened')
    const readers = [new RecordingReader(), new RecordingReader()] as const
    const subscriptions = [await first.read(readers[0]), await second.read(readers[1])]
    const loads = [startLoad(first), startLoad(second)]
    const sent = () => loads.flatMap(({ acknowledged }) => acknowledged)
    await until('messages flow', () => sent().length > 200, PATIENCE_MS)

    const opened = await moveLog({ ...options, partitions: 6 })
    expect(opened).toMatchObject({ generation: 2, partitions: 6, status: 'open' })
    const before = sent().length
    await until('they flow again', () => sent().length > before + 200, PATIENCE_MS)
    await Promise.all(loads.map((load) => load.stop()))
    expect([first.generation, first.partitions]).toEqual([2, 6])

    const records = () => readers.flatMap((reader) => reader.records)
    const distinct = () => new Set(idsOf(records())).size
    await until('all is read', () => distinct() === sent().length, PATIENCE_MS)
    for (const channelId of CHANNELS) {
      for (const { acknowledged } of loads) {
        const mine = acknowledged.filter((one) => one.channelId === channelId)
        const ids = new Set(mine.map((one) => one.clientMsgId))
        const inOrder = records()
          .filter((record) => ids.has(record.command.clientMsgId))
          .sort((a, b) => comparePositions(a.position, b.position))
        expect([...new Set(idsOf(inOrder))]).toEqual(mine.map((one) => one.clientMsgId))
      }
    }
    expect((await options.registry.read()).map(({ status }) => status)).toEqual(['stored', 'open'])
    await Promise.all(subscriptions.map((subscription) => subscription.close()))
    await Promise.all(logs.map((log) => log.close()))
  })

  it('carries over what lies behind the seals, also when that is more than may wait to be appended', async () => {
    const options = testOptions(brokers)
    const log = await createKafkaCommandLog(options)
    await log.append(commands('c', 3))
    const [open] = await options.registry.read()
    if (open === undefined) throw new Error('one was opened')
    const sealFrom = Array.from({ length: open.partitions }, () => 0)
    await options.registry.put(open, { ...open, status: 'sealing', sealFrom })
    const kafka = new kafkajs.Kafka({
      brokers: [...brokers],
      logLevel: kafkajs.logLevel.NOTHING,
    })
    for (const partition of sealFrom.keys()) {
      await sendSeal(kafka, open.topic, partition, open.generation)
    }
    const behind = CHANNELS.flatMap((channelId) => commands(channelId, 20))
    const outcomes = await log.append(behind)
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['appended']))

    const reader = new RecordingReader()
    const subscription = await log.read(reader)
    await moveLog({ ...options, maxQueuedRecords: 50, maxBatchRecords: 20 })
    await until(
      'all is read',
      () => idsOf(reader.records).length === 3 + behind.length,
      PATIENCE_MS,
    )
    for (const channelId of CHANNELS) {
      const carried = reader.records.filter(({ command }) => command.channelId === channelId)
      const sent = behind.filter((one) => one.channelId === channelId)
      expect(idsOf(carried)).toEqual(sent.map((one) => one.clientMsgId))
    }
    await subscription.close()
    await log.close()
  })

  it('that waits for readers in vain says so, and goes on when it is begun again', async () => {
    const options = { ...testOptions(brokers), registryPollMs: 200 }
    const log = await createKafkaCommandLog(options)
    await log.append(commands('c', 5))
    await expect(moveLog({ ...options, storedTimeoutMs: 0 })).rejects.toThrow('are not stored')
    const [refused] = await log.append(commands('c', 1))
    expect(refused?.status).toBe('refused')
    expect((await options.registry.read())[0]?.status).toBe('sealed')

    const reader = new RecordingReader()
    const subscription = await log.read(reader)
    await moveLog(options)
    await until('the log has moved', () => log.generation === 2, PATIENCE_MS)
    // what lies below the seals is stored, and whoever compares is told so
    const [sealed] = await options.registry.read()
    const told = (await log.committed()).filter(({ generation }) => generation === 1)
    expect(told.map(({ offset }) => offset)).toEqual(sealed?.seals)
    const [appended] = await log.append(commands('c', 1))
    expect(appended?.status).toBe('appended')
    await until('all is read', () => new Set(idsOf(reader.records)).size === 6, PATIENCE_MS)
    await subscription.close()
    await log.close()
  })
})
