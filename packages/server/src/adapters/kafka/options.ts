import type { SASLOptions } from 'kafkajs'
import type { ServerEnvironment } from '../../ports/environment.js'
import type { LogRegistry } from '../../ports/log-registry.js'

export interface KafkaLogOptions {
  readonly environment: ServerEnvironment
  /** Where the installation keeps what it knows of its logs. */
  readonly registry: LogRegistry
  /** `host:port` of some brokers; the others are learnt from them. */
  readonly brokers: readonly string[]
  /** Shown in the brokers' logs. @default 'tidings' */
  readonly clientId?: string
  /** Encrypts connections: true, or what Node's `tls.connect` takes. @default false */
  readonly tls?: boolean | Readonly<Record<string, unknown>>
  readonly sasl?: SASLOptions
  /** Topics are called this, a dot, `g` and the generation. @default 'tidings.commands' */
  readonly topicPrefix?: string
  /** The consumer group is called this, a dot, `g` and the generation. @default 'tidings.sequencer' */
  readonly groupPrefix?: string
  /** Makes the topic when it is missing, with the settings that are asked of it. @default true */
  readonly createTopics?: boolean
  /** Of topics that are made here; fixed for a generation (R11). @default 12 */
  readonly partitions?: number
  /** Of topics that are made here. @default 3 */
  readonly replicationFactor?: number
  /** Of topics that are made here. @default 2 */
  readonly minInsyncReplicas?: number
  /** How long a topic that is made here keeps its records, in milliseconds. @default 604,800,000 (7 days) */
  readonly retentionMs?: number
  /**
   * Takes a topic that may lose what was acknowledged: fewer than 3 replicas, `min.insync.replicas` below 2, or
   * unclean leader election; and offsets of which the brokers keep no more. For development: I1 does not hold then.
   * @default false
   */
  readonly allowUnsafeKafka?: boolean
  /** How long `createKafkaCommandLog` and `read` wait for the brokers, in milliseconds. @default 30,000 */
  readonly startTimeoutMs?: number
  /**
   * How long an append waits for the brokers, in milliseconds; then its outcome is `unknown`, or `refused` if it
   * was never sent. What was sent is retried all the same until it is in. @default 8,000
   */
  readonly appendTimeoutMs?: number
  /** What a refused append is told to wait, in milliseconds. @default 1,000 */
  readonly retryAfterMs?: number
  /** Most records that wait to be appended; beyond it appends are refused (I7). @default 20,000 */
  readonly maxQueuedRecords?: number
  /** Most bytes that wait to be appended (I7). @default 67,108,864 (64 MiB) */
  readonly maxQueuedBytes?: number
  /** Most bytes of one partition in one request; below the topic's `max.message.bytes`. @default 917,504 */
  readonly maxBatchBytes?: number
  /** Most records of one partition in one request. @default 2,000 */
  readonly maxBatchRecords?: number
  /** After this long without an acknowledgement a new client is made, with the broker list rotated. @default 1,500 */
  readonly watchdogMs?: number
  /** After this long without a sign of life a member of the group is given up by the brokers. @default 6,000 */
  readonly sessionTimeoutMs?: number
  /** By it a member learns that the group gathers anew, and all the others wait for it. @default 100 */
  readonly heartbeatIntervalMs?: number
  /** How long members may take to join again when the group changes, in milliseconds. @default 10,000 */
  readonly rebalanceTimeoutMs?: number
  /** Longest that a broker holds a fetch that finds nothing, in milliseconds. @default 100 */
  readonly maxFetchWaitMs?: number
  /** Most records of one partition that are read ahead (I7). @default 5,000 */
  readonly maxReadAheadRecords?: number
  /** Most bytes of one partition that are read ahead (I7). @default 8,388,608 (8 MiB) */
  readonly maxReadAheadBytes?: number
  /** Commits of all partitions are gathered and go at most this often, in milliseconds. @default 200 */
  readonly commitIntervalMs?: number
  /** How often an idle process looks whether the log has moved to a new generation, in milliseconds. @default 15,000 */
  readonly registryPollMs?: number
  /** This process reads these partitions from now on; none: others do, or the group gathers anew. */
  readonly onHeld?: (generation: number, partitions: readonly number[]) => void
  /** Something was waited out or heals by itself. */
  readonly onTrouble?: (where: string, error: unknown) => void
  /** This process must not go on: the log has gone back, or holds what this version must not skip (R8, R11). */
  readonly onFatal?: (error: Error) => void
}

const DEFAULTS = {
  clientId: 'tidings',
  topicPrefix: 'tidings.commands',
  groupPrefix: 'tidings.sequencer',
  createTopics: true,
  partitions: 12,
  replicationFactor: 3,
  minInsyncReplicas: 2,
  retentionMs: 7 * 24 * 3_600_000,
  allowUnsafeKafka: false,
  startTimeoutMs: 30_000,
  appendTimeoutMs: 8_000,
  retryAfterMs: 1_000,
  maxQueuedRecords: 20_000,
  maxQueuedBytes: 64 * 1024 * 1024,
  maxBatchBytes: 896 * 1024,
  maxBatchRecords: 2_000,
  watchdogMs: 1_500,
  sessionTimeoutMs: 6_000,
  heartbeatIntervalMs: 100,
  rebalanceTimeoutMs: 10_000,
  maxFetchWaitMs: 100,
  maxReadAheadRecords: 5_000,
  maxReadAheadBytes: 8 * 1024 * 1024,
  commitIntervalMs: 200,
  registryPollMs: 15_000,
} as const satisfies Partial<KafkaLogOptions>

type Widened<T> = T extends number ? number : T extends string ? string : boolean

type WithDefaults<O> = Omit<O, keyof typeof DEFAULTS> & {
  readonly [K in keyof typeof DEFAULTS]: Widened<(typeof DEFAULTS)[K]>
}

/** Every option with its value. */
export type KafkaLogSettings = WithDefaults<KafkaLogOptions>

export function settingsOf<O extends Omit<KafkaLogOptions, 'registry'>>(
  options: O,
): WithDefaults<O> {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return { ...DEFAULTS, ...(Object.fromEntries(given) as unknown as O) }
}
