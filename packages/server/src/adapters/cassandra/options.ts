import type { ConnectionOptions } from 'node:tls'
import { LIMITS } from '@tidings/protocol'
import type { ServerEnvironment } from '../../ports/environment.js'
import { nodeEnvironment } from '../node/environment.js'

export interface CassandraStoreOptions {
  /** Some nodes of the cluster, as `host` or `host:port`; the others are found through them. */
  readonly contactPoints: readonly string[]
  /** The one port of all nodes. @default 9042 */
  readonly port?: number
  /** The data centre whose replicas are written and read (`LOCAL_QUORUM`). */
  readonly localDataCenter: string
  /** Small letters, digits and underscores. @default 'tidings' */
  readonly keyspace?: string
  /** @default no authentication */
  readonly credentials?: { readonly username: string; readonly password: string }
  /** As for `tls.connect`. @default no encryption */
  readonly tls?: ConnectionOptions
  /** Makes the keyspace if there is none, with `replicationFactor` copies in the local data centre. @default false */
  readonly createKeyspace?: boolean
  /** Copies of a keyspace that is made here. @default 3 */
  readonly replicationFactor?: number
  /** Brings the tables to this version; false: a start with older tables is refused. @default true */
  readonly migrate?: boolean
  /** Warns instead of refusing where fewer than three copies are kept: the death of one node may lose data (I1). @default false */
  readonly allowUnsafeReplication?: boolean
  /**
   * Warns instead of refusing where a node answers before it has synced (R8): what the last seconds brought may be
   * lost with a killed node, and is healed by folding it again. @default false
   */
  readonly allowUnsafeCommitLog?: boolean
  /** How long the log keeps commands, in milliseconds: ids are kept this much longer than repeats are known (R4). @default 7 days */
  readonly logRetentionMs?: number
  /** Longest that one node is waited for, in milliseconds; above its own write time-out of 2 s. @default 3,000 */
  readonly requestTimeoutMs?: number
  /** In milliseconds. @default 2,000 */
  readonly connectTimeoutMs?: number
  /** A silent connection is asked this often whether it lives, in milliseconds. @default 10,000 */
  readonly heartbeatIntervalMs?: number
  /** Until a second node is asked as well, in milliseconds. @default 100 */
  readonly speculativeDelayMs?: number
  /** Writes under way at once; those of all processes together well below the 128 that each node works on. @default 64 */
  readonly maxWritesInFlight?: number
  /** Reads under way at once. @default 64 */
  readonly maxReadsInFlight?: number
  /** Clock, timers and chance of the start, and the clock of strong reads. @default those of this process */
  readonly environment?: Pick<
    ServerEnvironment,
    'monotonicNow' | 'setTimer' | 'random' | 'randomId'
  >
  /** One sentence that an operator should read. @default silence */
  readonly onWarning?: (message: string) => void
  /**
   * A node came back. With `allowUnsafeCommitLog` it may have forgotten what it had answered for: whoever owns
   * partitions ends its assignments and folds again (R8).
   */
  readonly onNodeBack?: (address: string) => void
}

export type CassandraStoreSettings = Required<Omit<CassandraStoreOptions, 'credentials' | 'tls'>> &
  Pick<CassandraStoreOptions, 'credentials' | 'tls'>

const DAY_MS = 24 * 60 * 60 * 1000

export function withDefaults(options: CassandraStoreOptions): CassandraStoreSettings {
  return {
    port: 9042,
    keyspace: 'tidings',
    createKeyspace: false,
    replicationFactor: 3,
    migrate: true,
    allowUnsafeReplication: false,
    allowUnsafeCommitLog: false,
    logRetentionMs: 7 * DAY_MS,
    requestTimeoutMs: 3_000,
    connectTimeoutMs: 2_000,
    heartbeatIntervalMs: 10_000,
    speculativeDelayMs: 100,
    maxWritesInFlight: 64,
    maxReadsInFlight: 64,
    environment: nodeEnvironment,
    onWarning: () => undefined,
    onNodeBack: () => undefined,
    ...options,
  }
}

/** How long ids are kept, in seconds: no decision may depend on it, so a day is added to what may be asked (R4). */
export const idTtlS = ({
  logRetentionMs,
}: Pick<CassandraStoreSettings, 'logRetentionMs'>): number =>
  Math.ceil((LIMITS.idempotencyWindowMs + logRetentionMs + DAY_MS) / 1_000)
