import type { ConnectionOptions } from 'node:tls'
import type { RedisOptions as NodeOptions } from 'ioredis'
import type { ServerEnvironment } from '../../ports/environment.js'

/** How Redis is reached. Exactly one of `url`, `clusterNodes` and `sentinels` is given. */
export interface RedisOptions {
  readonly environment: Pick<
    ServerEnvironment,
    'monotonicNow' | 'setTimer' | 'clearTimer' | 'nextTurn' | 'randomId'
  >
  /** One server: `redis://user:password@host:port/db`, or `rediss://` with TLS. */
  readonly url?: string
  /** Some nodes of a Redis Cluster, each `host:port`; the others are found. */
  readonly clusterNodes?: readonly string[]
  /** The sentinels, each `host:port`; needs `sentinelName`. */
  readonly sentinels?: readonly string[]
  /** The name of the master that the sentinels watch. */
  readonly sentinelName?: string
  /** Of a cluster or of the master behind sentinels; of one server they stand in `url`. */
  readonly username?: string
  readonly password?: string
  /** Of the sentinels themselves. */
  readonly sentinelPassword?: string
  /** TLS to a cluster or to the master behind sentinels, with its settings if the defaults do not do. */
  readonly tls?: boolean | ConnectionOptions
  /** Stands before every key; another one for every installation. @default 'tidings:' */
  readonly keyPrefix?: string
  /** A command without an answer by then has failed. @default 500 */
  readonly commandTimeoutMs?: number
  /** A connection that is not there by then is tried again. @default 2,000 */
  readonly connectTimeoutMs?: number
  /** At the start Redis must answer within this time. @default 10,000 */
  readonly startTimeoutMs?: number
  /** Commands under way at once; more fail at once (I7). @default 20,000 */
  readonly maxInFlight?: number
  /** Takes a server that is too old, or that throws keys away when its memory is full, with a warning. @default false */
  readonly allowUnsafe?: boolean
  /** Told at the start of what is not as it should be, in a sentence each. */
  readonly onWarning?: (warning: string) => void
  /** Told of lost connections and other trouble that is waited out. */
  readonly onTrouble?: (error: unknown) => void
}

export const DEFAULT_KEY_PREFIX = 'tidings:'
export const DEFAULT_COMMAND_TIMEOUT_MS = 500

/** Longest pause between two tries to connect. */
const RECONNECT_MAX_MS = 500

/** `host:port`, also with an IPv6 address in brackets. Throws with one sentence for anything else. */
export function parseHost(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]\s]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port < 1 || port > 65_535) {
    throw new TypeError(`"${text}" does not name a Redis: give host:port.`)
  }
  return { host, port }
}

/** What every single connection has, whatever the set-up. */
export function nodeOptions(options: RedisOptions): NodeOptions {
  const commandTimeout = options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS
  return {
    lazyConnect: true,
    enableAutoPipelining: true,
    // deadlines are kept by the connection; this one only frees what hangs
    commandTimeout: 4 * commandTimeout,
    connectTimeout: options.connectTimeoutMs ?? 2_000,
    // a frozen server keeps its sockets open: one that owes answers for so long is left
    socketTimeout: 5 * commandTimeout,
    retryStrategy: (times) => Math.min(50 * times, RECONNECT_MAX_MS),
    // what was under way when a connection broke fails at once: the caller decides whether to ask again
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // a master that has become a replica is left for the new one
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    ...(options.tls !== undefined &&
      options.tls !== false && { tls: options.tls === true ? {} : options.tls }),
  }
}
