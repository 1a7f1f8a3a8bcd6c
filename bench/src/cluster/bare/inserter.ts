/** kafkajs and cassandra-driver alone: each batch that is read becomes one insert for each of its channels. */
import { Client, types } from 'cassandra-driver'
import kafkajs from 'kafkajs'
import { nowUs } from '../clock.js'
import type { BareRecord, Place, Report } from './orders.js'

const ROWS_PER_INSERT = 50

const place = JSON.parse(process.argv[2] ?? '') as Place
const say = (report: Report): void => void process.send?.(report)
// whoever started it is gone
process.once('disconnect', () => process.exit(0))
process.on('uncaughtException', (error) => {
  process.send?.({ report: 'failed', message: String(error) }, () => process.exit(1))
})

const store = new Client({
  contactPoints: [...place.contactPoints],
  localDataCenter: place.localDataCenter,
  keyspace: place.keyspace,
  encoding: { useBigIntAsLong: true },
})
const options = {
  prepare: true,
  isIdempotent: true,
  consistency: types.consistencies.localQuorum,
  logged: false,
}
const query = 'INSERT INTO events (channel_id, bucket, channel_seq, event) VALUES (?, ?, ?, ?)'

async function insert(rows: readonly { record: BareRecord; value: string }[]): Promise<void> {
  const params = rows.map(({ record: { channelId, seq }, value }) => [
    channelId,
    Math.floor(seq / 24_000),
    BigInt(seq),
    value,
  ])
  const [first] = params
  if (params.length === 1) await store.execute(query, first, options)
  else
    await store.batch(
      params.map((one) => ({ query, params: one })),
      options,
    )
}

const consumer = new kafkajs.Kafka({
  brokers: [...place.brokers],
  logLevel: kafkajs.logLevel.NOTHING,
}).consumer({ groupId: place.topic, maxWaitTimeInMs: 100, sessionTimeout: 10_000 })

await store.connect()
await consumer.connect()
await consumer.subscribe({ topic: place.topic, fromBeginning: true })
consumer.on(consumer.events.GROUP_JOIN, () => say({ report: 'ready' }))
await consumer.run({
  partitionsConsumedConcurrently: place.partitions,
  autoCommitInterval: 2_000,
  eachBatch: async ({ batch }) => {
    const channels = new Map<string, { record: BareRecord; value: string }[]>()
    const made: number[] = []
    for (const message of batch.messages) {
      const value = String(message.value)
      const record = JSON.parse(value) as BareRecord
      made.push(record.madeUs)
      const rows = channels.get(record.channelId)
      if (rows === undefined) channels.set(record.channelId, [{ record, value }])
      else rows.push({ record, value })
    }
    const inserts: Promise<void>[] = []
    for (const rows of channels.values()) {
      for (let i = 0; i < rows.length; i += ROWS_PER_INSERT) {
        inserts.push(insert(rows.slice(i, i + ROWS_PER_INSERT)))
      }
    }
    await Promise.all(inserts)
    const doneUs = nowUs()
    say({ report: 'stored', agesMs: made.map((madeUs) => (doneUs - madeUs) / 1_000) })
  },
})
