import kafkajs from 'kafkajs'
import { afterAll, describe, expect, it } from 'vitest'
import { startServices } from '../../../../scripts/services/index.js'
import { createKafkaCommandLog } from '../../src/adapters/kafka/command-log.js'
import { KafkaLogError } from '../../src/adapters/kafka/errors.js'
import { OFFSETS_TOPIC } from '../../src/adapters/kafka/offsets-topic.js'
import type { KafkaLogOptions } from '../../src/adapters/kafka/options.js'
import { readEntries } from '../../src/adapters/kafka/topic.js'
import type { Assignment, CommandLog, LogReader } from '../../src/ports/command-log.js'
import { command } from '../../src/ports/contract/log-support.js'
import { until } from '../support/wait.js'
import { joinAndLeave, testOptions } from './harness.js'

const services = await startServices({ kafka: 3 })
afterAll(() => services.close())
const { brokers, nodes } = services.kafka

const CAUGHT_UP_MS = 45_000
const CHANNELS = Array.from({ length: 12 }, (_, i) => `channel ${i}`)

interface Sent {
  readonly channelId: string
  readonly clientMsgId: string
}

/** Sends in every channel, one after the other, each again under its id until it is in; as clients do. */
function startLoad(log: CommandLog) {
  const acknowledged: Sent[] = []
  let longestGapMs = 0
  let stopped = false
  const senders = CHANNELS.map(async (channelId) => {
    while (!stopped) {
      const startMs = performance.now()
      const one = command(channelId)
      for (let status = ''; status !== 'appended' && !stopped; ) {
        const [outcome] = await log.append([one])
        status = outcome?.status ?? ''
        // a channel sends at most 100 a second, and a log that is closed answers at once
        await new Promise((resolve) => setTimeout(resolve, 10))
        if (status === 'appended') acknowledged.push(one)
      }
      longestGapMs = Math.max(longestGapMs, performance.now() - startMs - 10)
    }
  })
  return {
    acknowledged,
    /** The longest time that one append took, over all its attempts. */
    get longestGapMs() {
      return Math.round(longestGapMs)
    },
    async stop() {
      stopped = true
      await Promise.all(senders)
    },
  }
}

/** Reads and commits, and keeps every id once, by channel, in the order of its first record. */
class Ids implements LogReader {
  readonly byChannel = new Map<string, Set<string>>(CHANNELS.map((id) => [id, new Set<string>()]))
  distinct = 0
  readonly #owned = new Set<number>()
  overlaps = 0

  async run(assignment: Assignment): Promise<void> {
    if (this.#owned.has(assignment.partition)) this.overlaps += 1
    this.#owned.add(assignment.partition)
    try {
      for (;;) {
        const records = await assignment.next(500)
        if (records.length === 0) return
        for (const { command: one } of records) {
          const ids = this.byChannel.get(one.channelId)
          if (ids === undefined || ids.has(one.clientMsgId)) continue
          ids.add(one.clientMsgId)
          this.distinct += 1
        }
        await assignment.commit((records.at(-1)?.position.offset ?? 0) + 1)
      }
    } finally {
      this.#owned.delete(assignment.partition)
    }
  }
}

const safeOptions = (): KafkaLogOptions => ({
  ...testOptions(brokers),
  partitions: 6,
  replicationFactor: 3,
  minInsyncReplicas: 2,
  allowUnsafeKafka: false,
  heartbeatIntervalMs: 500,
  commitIntervalMs: 200,
})

async function world() {
  const options = safeOptions()
  const log = await createKafkaCommandLog(options)
  const reader = new Ids()
  const subscription = await log.read(reader)
  const load = startLoad(log)
  await until('messages flow', () => reader.distinct > 200, CAUGHT_UP_MS)
  return { options, log, reader, subscription, load }
}

type World = Awaited<ReturnType<typeof world>>

async function nodeOf(address: string | undefined) {
  const node = nodes.find((one) => one.address === address)
  if (node === undefined) throw new Error(`no node is ${address}`)
  return node
}

const kafka = () => new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING })

/** The broker that leads partition 0, or that coordinates the group. */
async function brokerOf({ options }: World, role: 'leader' | 'coordinator') {
  const admin = kafka().admin()
  await admin.connect()
  try {
    const { brokers: all } = await admin.describeCluster()
    const addressOf = (id: number | undefined) => {
      const broker = all.find(({ nodeId }) => nodeId === id)
      return broker && `${broker.host}:${broker.port}`
    }
    if (role === 'leader') {
      const topic = `${options.topicPrefix}.g1`
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      return nodeOf(addressOf(topics[0]?.partitions.find((one) => one.partitionId === 0)?.leader))
    }
    const groupId = `${options.groupPrefix}.g1`
    const { topics } = await admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] })
    const partitions = topics[0]?.partitions ?? []
    const mine = Math.abs(javaHash(groupId)) % partitions.length
    return nodeOf(addressOf(partitions.find((one) => one.partitionId === mine)?.leader))
  } finally {
    await admin.disconnect()
  }
}

/** As the brokers choose the partition of a group's offsets. */
const javaHash = (text: string): number =>
  Array.from(text).reduce((hash, char) => (Math.imul(31, hash) + char.charCodeAt(0)) | 0, 0)

/** I1, I2: all that was acknowledged is read, in each channel in the order in which it was sent. */
async function expectAllRead({ load, reader, log, subscription }: World): Promise<void> {
  await load.stop()
  const sent = new Map(CHANNELS.map((channelId) => [channelId, [] as string[]]))
  for (const { channelId, clientMsgId } of load.acknowledged) {
    sent.get(channelId)?.push(clientMsgId)
  }
  await until(
    'everything is read',
    () => reader.distinct === load.acknowledged.length,
    CAUGHT_UP_MS,
  )
  for (const channelId of CHANNELS) {
    expect([...(reader.byChannel.get(channelId) ?? [])]).toEqual(sent.get(channelId))
  }
  expect(reader.overlaps).toBe(0)
  await subscription.close()
  await log.close()
}

/** In every channel messages are appended and read again. */
const goesOn = ({ load, reader }: World) => {
  const acknowledged = load.acknowledged.length
  const read = new Map(Array.from(reader.byChannel, ([id, ids]) => [id, ids.size]))
  return until(
    'messages flow again',
    () =>
      load.acknowledged.length > acknowledged &&
      CHANNELS.every((id) => (reader.byChannel.get(id)?.size ?? 0) > (read.get(id) ?? 0) + 30),
    CAUGHT_UP_MS,
  )
}

/** Says so on the topic itself; resolves to how to take it back. */
async function setInsync(admin: kafkajs.Admin, topic: string, copies: number) {
  const own = (await readEntries(admin, topic))
    .filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
    .map(({ configName: name, configValue: value }) => ({ name, value }))
  const put = (configEntries: { name: string; value: string }[]) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    })
  await put([...own, { name: 'min.insync.replicas', value: String(copies) }])
  return () => put(own)
}

/** Why the log is refused; `open` when it is not. */
async function verdictOn(options: KafkaLogOptions): Promise<unknown> {
  try {
    await (await createKafkaCommandLog(options)).close()
    return 'open'
  } catch (error) {
    return error instanceof KafkaLogError ? error.code : error
  }
}

describe('what sequencers commit', () => {
  it('must not lie on one broker alone: the log is refused then, and taken when there are more', async () => {
    const options = safeOptions()
    expect(await verdictOn(options)).toBe('open')
    await joinAndLeave(options)
    const admin = kafka().admin()
    await admin.connect()
    try {
      const takeBack = await setInsync(admin, OFFSETS_TOPIC, 1)
      const refused = async () => (await verdictOn(options)) === 'offsets_unsafe'
      await until('it is refused', refused)
      await takeBack()
      await until('it is taken again', async () => (await verdictOn(options)) === 'open')
    } finally {
      await admin.disconnect()
    }
  })
})

describe('I1: nothing that was acknowledged is lost, and order is kept, when', () => {
  it('the leader of a partition is killed', async () => {
    const w = await world()
    const leader = await brokerOf(w, 'leader')
    await leader.kill()
    try {
      await goesOn(w)
    } finally {
      await leader.start()
    }
    await expectAllRead(w)
    expect(w.load.longestGapMs).toBeLessThan(CAUGHT_UP_MS)
  }, 240_000)

  it('the leader of a partition is frozen, and wakes', async () => {
    const w = await world()
    const leader = await brokerOf(w, 'leader')
    await leader.freeze()
    try {
      await goesOn(w)
    } finally {
      await leader.thaw()
    }
    await expectAllRead(w)
    expect(w.load.longestGapMs).toBeLessThan(CAUGHT_UP_MS)
  }, 240_000)

  it('the coordinator of the group is frozen, and wakes', async () => {
    const w = await world()
    const coordinator = await brokerOf(w, 'coordinator')
    await coordinator.freeze()
    try {
      await goesOn(w)
    } finally {
      await coordinator.thaw()
    }
    await expectAllRead(w)
    expect(w.load.longestGapMs).toBeLessThan(CAUGHT_UP_MS)
  }, 240_000)

  it('the coordinator of the group is killed', async () => {
    const w = await world()
    const coordinator = await brokerOf(w, 'coordinator')
    await coordinator.kill()
    try {
      await goesOn(w)
    } finally {
      await coordinator.start()
    }
    await expectAllRead(w)
    expect(w.load.longestGapMs).toBeLessThan(CAUGHT_UP_MS)
  }, 240_000)
})
