import { Cluster, Redis } from 'ioredis'
import { refusalOf } from '../refusal.js'
import { nodeOptions, parseHost, type RedisOptions } from './options.js'

/** A client that was prepared and has connected once. Its errors are told to `onTrouble` and never unhandled. */
export async function openClient(
  options: RedisOptions,
  prepare: (client: Redis | Cluster) => void,
): Promise<Redis | Cluster> {
  const client = makeClient(options)
  prepare(client)
  let last: unknown
  client.on('error', (error: unknown) => {
    last = error
    options.onTrouble?.(error)
  })
  const timeoutMs = options.startTimeoutMs ?? 10_000
  try {
    await firstReady(client, timeoutMs, options)
  } catch {
    client.disconnect()
    throw new Error(`Redis at ${describe(options)} ${whyNot(last, timeoutMs)}`)
  }
  return client
}

function whyNot(last: unknown, timeoutMs: number): string {
  const reason = last instanceof Error ? ` (${last.message})` : ''
  if (isNoDatabase(last)) {
    return `refuses the database that its address ends in${reason}. Name another one, or none.`
  }
  switch (refusalOf(last)) {
    case 'credentials':
      return `refuses${reason}. Correct the user or the password.`
    case 'certificate':
      return `shows a certificate that is not trusted${reason}. Give it one that is, or name who signed it in NODE_EXTRA_CA_CERTS.`
    default:
      return `did not answer within ${timeoutMs} ms${reason}. Start it, or correct the address.`
  }
}

function firstReady(
  client: Redis | Cluster,
  timeoutMs: number,
  { environment }: RedisOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = environment.setTimer(() => reject(new Error('too late')), timeoutMs)
    const refused = (error: unknown): void => {
      if (refusalOf(error) === undefined && !isNoDatabase(error)) return
      environment.clearTimer(timer)
      reject(error)
    }
    client.on('error', refused)
    client.once('ready', () => {
      environment.clearTimer(timer)
      client.off('error', refused)
      resolve()
    })
    // the first try may fail and a later one succeed: only time decides
    client.connect().catch(() => undefined)
  })
}

/** The library would go on in the first database, which may be somebody else's. */
const isNoDatabase = (error: unknown): boolean =>
  error instanceof Error &&
  (error as { command?: { name?: string } }).command?.name === 'select' &&
  /^(ERR|NOPERM)\b/.test(error.message)

function makeClient(options: RedisOptions): Redis | Cluster {
  const { url, clusterNodes, sentinels, sentinelName } = options
  const ways = [url, clusterNodes, sentinels].filter((way) => way !== undefined)
  if (ways.length !== 1) {
    throw new TypeError('Redis needs exactly one of url, clusterNodes and sentinels.')
  }
  if (url !== undefined)
    return new Redis(url, { ...nodeOptions(options), enableOfflineQueue: false })
  if (clusterNodes !== undefined) return makeCluster(clusterNodes, options)
  if (sentinelName === undefined) throw new TypeError('Redis behind sentinels needs sentinelName.')
  const tls = nodeOptions(options).tls
  return new Redis({
    ...nodeOptions(options),
    enableOfflineQueue: false,
    sentinels: (sentinels ?? []).map(parseHost),
    name: sentinelName,
    // a master that is frozen keeps its sockets open: the sentinels say when another has taken over
    failoverDetector: true,
    sentinelRetryStrategy: (times) => Math.min(50 * times, 500),
    ...(options.sentinelPassword !== undefined && { sentinelPassword: options.sentinelPassword }),
    ...(tls !== undefined && { enableTLSForSentinelMode: true, sentinelTLS: tls }),
  })
}

function makeCluster(nodes: readonly string[], options: RedisOptions): Cluster {
  const { retryStrategy: _, lazyConnect: __, ...redisOptions } = nodeOptions(options)
  return new Cluster(nodes.map(parseHost), {
    lazyConnect: true,
    enableOfflineQueue: false,
    enableAutoPipelining: true,
    clusterRetryStrategy: (times) => Math.min(50 * times, 500),
    // an answer later than the deadline is of no use
    maxRedirections: 8,
    retryDelayOnFailover: 50,
    retryDelayOnClusterDown: 50,
    retryDelayOnTryAgain: 50,
    slotsRefreshTimeout: options.connectTimeoutMs ?? 2_000,
    // replaced nodes are found without waiting for an error about them
    slotsRefreshInterval: 5_000,
    redisOptions,
  })
}

/** Without user and password. */
function describe({ url, clusterNodes, sentinels }: RedisOptions): string {
  if (url === undefined) return (clusterNodes ?? sentinels ?? []).join(', ')
  try {
    return new URL(url).host
  } catch {
    return 'the given url'
  }
}
