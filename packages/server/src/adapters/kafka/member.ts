import type { Consumer, EachBatchPayload } from 'kafkajs'
import { type KafkaClients, within } from './client.js'
import { watchingAssigner } from './consumer-internals.js'
import type { KafkaLogSettings } from './options.js'

export interface MemberOptions {
  readonly settings: KafkaLogSettings
  readonly clients: KafkaClients
  readonly groupId: string
  readonly topic: string
  /** The consumer to seek, pause and resume with; undefined when it is gone. */
  readonly onConsumer: (consumer: Consumer | undefined) => void
  readonly onJoin: (partitions: readonly number[]) => void
  /** Whatever is owned is not owned any more (R1). May be called when nothing is. */
  readonly onOwnershipOver: () => void
  /** False when what was owned is over, and no join has followed. */
  readonly isOwner: () => boolean
  /** See Watching. Heartbeats wait with it. */
  readonly untilFetchable: () => Promise<void>
  readonly onBatch: (payload: EachBatchPayload) => void
  /** What must end before the group is told that this member leaves. */
  readonly beforeLeaving: () => Promise<unknown>
}

/**
 * What the client library tries by itself before the member is given up and made anew, as another member: about 9 s,
 * in which the brokers find out that one of them is dead and choose other leaders and another coordinator.
 */
const RETRY = { initialRetryTime: 100, maxRetryTime: 500, factor: 0.2, multiplier: 2, retries: 20 }
const REQUEST_TIMEOUT_MS = 3_000
/** A frozen broker is noticed by nothing but the metadata of the others. */
const METADATA_MAX_AGE_MS = 1_000
const HEARTBEAT_TIMEOUT_MS = 2_500
const LEAVE_TIMEOUT_MS = 3_000
/** A member without a fetch or a heartbeat for so long, over the time a rebalance may take, is made anew. */
const STALL_MARGIN_MS = 10_000
const MAX_BYTES_PER_PARTITION = 1024 * 1024
const MAX_BYTES = 16 * 1024 * 1024

/**
 * One member of the consumer group. Resolves when it was closed; rejects when it must be made anew: the client
 * library's own restarts are off, so that it always begins with another broker and with nothing remembered.
 */
export async function takePart(options: MemberOptions, closing: AbortSignal): Promise<void> {
  const { settings, onOwnershipOver } = options
  const over = Promise.withResolvers<void>()
  over.promise.catch(() => undefined)
  const client = options.clients.make(RETRY, REQUEST_TIMEOUT_MS)
  const consumer = client.kafka.consumer({
    groupId: options.groupId,
    sessionTimeout: settings.sessionTimeoutMs,
    heartbeatInterval: settings.heartbeatIntervalMs,
    rebalanceTimeout: settings.rebalanceTimeoutMs,
    maxWaitTimeInMs: settings.maxFetchWaitMs,
    minBytes: 1,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    maxBytes: MAX_BYTES,
    allowAutoTopicCreation: false,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    // its retries are not the client's
    retry: { ...RETRY, restartOnFailure: async () => false },
    partitionAssigners: [
      watchingAssigner({
        environment: settings.environment,
        heartbeatTimeoutMs: HEARTBEAT_TIMEOUT_MS,
        isAlive: (broker) => client.suspects.isAlive(broker),
        onJoining: onOwnershipOver,
        // who leaves stays a member until what is in hand is done: to join once more would keep everybody waiting
        isMember: () => options.isOwner() || closing.aborted,
        untilFetchable: options.untilFetchable,
      }),
    ],
  })
  const closed = () => over.resolve()
  closing.addEventListener('abort', closed)
  options.onConsumer(consumer)
  listen(consumer, options, over.reject)
  const { REQUEST, REQUEST_TIMEOUT } = consumer.events
  consumer.on(REQUEST, ({ payload }) => client.suspects.answered(payload.broker))
  consumer.on(REQUEST_TIMEOUT, ({ payload }) => void client.suspects.timedOut(payload.broker))
  const stall = watchForStall(consumer, settings, over.reject)
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [options.topic], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 1,
      eachBatch: async (payload) => options.onBatch(payload),
    })
    if (!closing.aborted) await over.promise
  } finally {
    closing.removeEventListener('abort', closed)
    stall.stop()
    onOwnershipOver()
    // the next owner starts behind the batches in hand
    if (closing.aborted) await options.beforeLeaving()
    options.onConsumer(undefined)
    await within(settings.environment, LEAVE_TIMEOUT_MS, 'leaving', consumer.disconnect()).catch(
      (error: unknown) => settings.onTrouble?.('log, group', error),
    )
    client.cut()
  }
}

function listen(
  consumer: Consumer,
  { topic, onJoin, onOwnershipOver }: MemberOptions,
  over: (reason: unknown) => void,
): void {
  const { CRASH, STOP, DISCONNECT, REBALANCING, GROUP_JOIN } = consumer.events
  consumer.on(CRASH, ({ payload }) => {
    onOwnershipOver()
    over(payload.error)
  })
  consumer.on(STOP, onOwnershipOver)
  consumer.on(REBALANCING, onOwnershipOver)
  consumer.on(DISCONNECT, () => {
    onOwnershipOver()
    over(new Error('the consumer was disconnected'))
  })
  consumer.on(GROUP_JOIN, ({ payload }) => onJoin(payload.memberAssignment[topic] ?? []))
}

/** The client library is known to get stuck; then only a new consumer helps. */
function watchForStall(
  consumer: Consumer,
  { environment, rebalanceTimeoutMs }: KafkaLogSettings,
  over: (reason: unknown) => void,
): { stop(): void } {
  const limitMs = rebalanceTimeoutMs + STALL_MARGIN_MS
  const { HEARTBEAT, FETCH, GROUP_JOIN } = consumer.events
  let aliveMs = environment.monotonicNow()
  const alive = () => {
    aliveMs = environment.monotonicNow()
  }
  consumer.on(HEARTBEAT, alive)
  consumer.on(FETCH, alive)
  consumer.on(GROUP_JOIN, alive)
  let timer: unknown
  const look = () => {
    if (environment.monotonicNow() - aliveMs > limitMs) {
      over(new Error(`the member neither fetched nor gave a sign of life for ${limitMs} ms`))
    }
    timer = environment.setTimer(look, 1_000)
  }
  look()
  return { stop: () => environment.clearTimer(timer) }
}
