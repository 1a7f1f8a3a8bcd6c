/**
 * kafkajs alone, `acks=all`: what comes while a request to a partition is under way goes with the next one.
 * Nothing is checked, limited, or asked for.
 */
import kafkajs from 'kafkajs'
import { nowUs } from '../clock.js'
import { uuidV7 } from '../load/uuid.js'
import type { BareRecord, Order, Place, Report } from './orders.js'

const MAX_BATCH = 500
const TICK_MS = 2
const TEXT = 'x'.repeat(200)
const ORIGIN = 'x'.repeat(60)

const place = JSON.parse(process.argv[2] ?? '') as Place
const say = (report: Report): void => void process.send?.(report)
// whoever started it is gone
process.once('disconnect', () => process.exit(0))
process.on('uncaughtException', (error) => {
  process.send?.({ report: 'failed', message: String(error) }, () => process.exit(1))
})

const producer = new kafkajs.Kafka({
  brokers: [...place.brokers],
  logLevel: kafkajs.logLevel.NOTHING,
}).producer({
  allowAutoTopicCreation: false,
  createPartitioner:
    () =>
    ({ message }) =>
      message.partition ?? 0,
})
const waiting = Array.from({ length: place.partitions }, (): string[] => [])
const busy = new Set<number>()
let seq = 0
let produced = 0
let missing = 0

function add(): void {
  seq += 1
  const channel = seq % place.channels
  const record: BareRecord = {
    channelId: `c${channel}`,
    seq,
    madeUs: nowUs(),
    text: TEXT,
    userId: `u${channel}`,
    clientMsgId: uuidV7(Date.now()),
    origin: ORIGIN,
  }
  waiting[channel % place.partitions]?.push(JSON.stringify(record))
}

async function pump(partition: number): Promise<void> {
  if (busy.has(partition)) return
  busy.add(partition)
  for (let values = take(partition); values.length > 0; values = take(partition)) {
    const messages = values.map((value) => ({ partition, value }))
    await producer.send({ topic: place.topic, acks: -1, messages })
    produced += values.length
  }
  busy.delete(partition)
}

const take = (partition: number): readonly string[] =>
  waiting[partition]?.splice(0, MAX_BATCH) ?? []

function pumpAll(): void {
  for (let partition = 0; partition < place.partitions; partition++) {
    pump(partition).catch(failed)
  }
}

async function paced(perS: number, seconds: number): Promise<void> {
  const total = Math.max(1, Math.round(perS * seconds))
  const before = produced
  let dueUs = nowUs()
  for (let i = 0; i < total; ) {
    for (; i < total && dueUs <= nowUs(); i++) {
      add()
      dueUs += (1_000_000 / perS) * (0.5 + Math.random())
    }
    pumpAll()
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  const deadlineMs = performance.now() + 60_000
  while (produced - before < total) {
    if (performance.now() > deadlineMs) throw new Error('not everything was produced in 60 s')
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  say({ report: 'sent', count: total })
}

function fill(count: number): void {
  for (let i = 0; i < count; i++) add()
  pumpAll()
}

const failed = (error: unknown): void => say({ report: 'failed', message: String(error) })

process.on('message', (order: Order) => {
  if (order.order === 'paced') paced(order.perS, order.seconds).catch(failed)
  else if (order.order === 'saturate') {
    missing = order.inFlight
    fill(missing)
  } else if (order.order === 'stored') {
    if (missing > 0) fill(order.count)
  } else missing = 0
})
await producer.connect()
say({ report: 'ready' })
