import net from 'node:net'
import tls from 'node:tls'
import kafkajs, { type Kafka, type KafkaConfig, type LogEntry, type RetryOptions } from 'kafkajs'
import { brokerAnswers } from './broker-probe.js'
import type { KafkaLogSettings } from './options.js'
import { Shunned, Suspects } from './suspects.js'
import './resting-queues.js'
import './stopped-fetchers.js'

/** One attempt: what is tried again, and when, is decided here and not in the client library. */
export const ONE_ATTEMPT: RetryOptions = {
  initialRetryTime: 50,
  maxRetryTime: 50,
  factor: 0,
  multiplier: 1,
  retries: 0,
}

const KEEP_ALIVE_MS = 60_000
const PROBE_TIMEOUT_MS = 1_000

/** A client of the cluster with connections of its own, which can be cut. */
export interface KafkaClient {
  readonly kafka: Kafka
  /** Cuts every connection; requests in flight reject. Unlike a disconnect it waits for no broker. */
  cut(): void
  /**
   * What the library tells of brokers, `host:port`. When one neither answers a request nor a question on a connection
   * of its own, its connections are cut, and new ones fail at once for a while: the library then looks for other
   * brokers, as it does when one is dead.
   */
  readonly suspects: Pick<Suspects, 'answered' | 'timedOut' | 'isAlive'>
}

/**
 * Makes clients that begin with another broker of the list each time: a client tries the first broker first, and
 * does not move on when that one is frozen.
 */
export class KafkaClients {
  #made = 0

  constructor(
    private readonly settings: Pick<
      KafkaLogSettings,
      'environment' | 'brokers' | 'clientId' | 'tls' | 'sasl' | 'onTrouble'
    >,
  ) {}

  make(retry: RetryOptions = ONE_ATTEMPT, requestTimeoutMs = 10_000): KafkaClient {
    const { brokers, clientId, sasl, onTrouble } = this.settings
    const tlsOptions = this.settings.tls
    const sockets = new Map<net.Socket, string>()
    const shunned = new Shunned(this.settings.environment, brokers)
    let cut = false
    const config: KafkaConfig = {
      clientId,
      brokers: rotated(brokers, this.#made++),
      retry,
      connectionTimeout: 3_000,
      requestTimeout: requestTimeoutMs,
      logLevel: kafkajs.logLevel.ERROR,
      logCreator: () => (entry: LogEntry) => {
        // what a client says that was given up is no news
        if (!cut) onTrouble?.('kafka client', summary(entry))
      },
      socketFactory: ({ host, port, ssl, onConnect }) => {
        const socket = open(host, port, ssl, onConnect)
        socket.setKeepAlive(true, KEEP_ALIVE_MS)
        const address = `${host}:${port}`
        sockets.set(socket, address)
        socket.once('close', () => sockets.delete(socket))
        if (cut) socket.destroy(new Error('the client was given up'))
        if (shunned.has(address)) socket.destroy(frozen())
        return socket
      },
      ...(tlsOptions !== undefined &&
        tlsOptions !== false && { ssl: tlsOptions === true ? true : { ...tlsOptions } }),
      ...(sasl !== undefined && { sasl }),
    }
    const cutBroker = (address: string): void => {
      for (const [socket, broker] of sockets) if (broker === address) socket.destroy(frozen())
    }
    return {
      kafka: new kafkajs.Kafka(config),
      cut() {
        cut = true
        for (const socket of sockets.keys()) socket.destroy(new Error('the client was given up'))
      },
      suspects: new Suspects({
        environment: this.settings.environment,
        probe: (address) => this.#probe(address, config.ssl),
        onFrozen(address) {
          shunned.add(address)
          cutBroker(address)
        },
        onSilent: cutBroker,
      }),
    }
  }

  #probe(address: string, ssl: KafkaConfig['ssl']): Promise<boolean> {
    const colon = address.lastIndexOf(':')
    const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))]
    return brokerAnswers(
      this.settings.environment,
      (onConnect) => open(host, port, ssl, onConnect),
      PROBE_TIMEOUT_MS,
    )
  }
}

/** A connection to a broker, encrypted where options say how. */
function open(
  host: string,
  port: number,
  ssl: tls.ConnectionOptions | boolean | null | undefined,
  onConnect: () => void,
): net.Socket {
  const socket =
    ssl === undefined || ssl === null || ssl === false
      ? net.connect({ host, port }, onConnect)
      : tls.connect(
          {
            host,
            port,
            ...(net.isIP(host) === 0 && { servername: host }),
            ...(ssl !== true && ssl),
          },
          onConnect,
        )
  return socket.setNoDelay(true)
}

/** With the code of a broker that is not there: the library has no other word for it. */
const frozen = (): Error =>
  Object.assign(new Error('the broker does not answer'), { code: 'ECONNREFUSED' })

export function rotated<T>(list: readonly T[], by: number): T[] {
  const from = list.length === 0 ? 0 : by % list.length
  return [...list.slice(from), ...list.slice(0, from)]
}

/** The library logs whole stacks and payloads; one line is enough. */
function summary({ namespace, log }: LogEntry): Error {
  const { message, error, broker } = log as { message: string; error?: unknown; broker?: unknown }
  const where = typeof broker === 'string' ? ` (${broker})` : ''
  const why = typeof error === 'string' ? `: ${error}` : ''
  return new Error(`${namespace}: ${message}${why}${where}`)
}

export class TookTooLong extends Error {
  override readonly name = 'TookTooLong'
}

/** Settles as the promise does, or rejects with TookTooLong after the time is over. */
export async function within<T>(
  environment: KafkaLogSettings['environment'],
  timeoutMs: number,
  what: string,
  promise: Promise<T>,
): Promise<T> {
  let timer: unknown
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = environment.setTimer(
          () => reject(new TookTooLong(`${what} took longer than ${timeoutMs} ms`)),
          timeoutMs,
        )
      }),
    ])
  } finally {
    environment.clearTimer(timer)
  }
}
