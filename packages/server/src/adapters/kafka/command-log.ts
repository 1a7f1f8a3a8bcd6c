import { patiently } from '../../environment/patiently.js'
import type {
  AppendOutcome,
  CommandLog,
  LogReader,
  LogSubscription,
} from '../../ports/command-log.js'
import { refusalOf } from '../refusal.js'
import { AdminConnection } from './admin.js'
import { KafkaClients, TookTooLong, within } from './client.js'
import { KafkaLogError } from './errors.js'
import { currentOf, lastSeals, openGeneration, reasonOf, verifyTopic } from './generation.js'
import type { GroupReader } from './group-reader.js'
import { verifyOffsetsTopic } from './offsets-topic.js'
import { OpenLog, type OpenLogParts } from './open-log.js'
import { type KafkaLogOptions, type KafkaLogSettings, settingsOf } from './options.js'
import { encodeCommand } from './record.js'

/** How often the registry is asked while the log moves, in milliseconds. */
const MOVING_POLL_MS = 250

const CLOSED: AppendOutcome = Object.freeze({ status: 'refused', reason: 'The log is closed.' })

/**
 * The command log on Kafka: durable when `min.insync.replicas` brokers have it (I1), one partition for each channel
 * (R11), read by a consumer group that always begins at the committed offset (R1). Rejects with KafkaLogError, with
 * a remedy, when the brokers cannot be reached in time, when the topic is missing, unsafe or not the one that
 * the registry knows, when what readers commit is not safe, and when rules differ (R8, R11).
 */
export function createKafkaCommandLog(options: KafkaLogOptions): Promise<CommandLog> {
  return createKafkaLog(options)
}

/** The same, with something between the producer and the brokers. */
export async function createKafkaLog(
  options: KafkaLogOptions,
  wrapTransport?: OpenLogParts['wrapTransport'],
): Promise<CommandLog> {
  let lastTrouble: unknown
  const settings = settingsOf({
    ...options,
    onTrouble(where, error) {
      lastTrouble = error
      options.onTrouble?.(where, error)
    },
  })
  const clients = new KafkaClients(settings)
  const admin = new AdminConnection(clients, settings.environment)
  try {
    const stored = await within(
      settings.environment,
      settings.startTimeoutMs,
      'reaching the brokers',
      openPatiently(admin, settings),
    )
    const log = new KafkaCommandLog(settings, {
      settings,
      clients,
      admin,
      onSealed: () => log.look(),
      ...(wrapTransport !== undefined && { wrapTransport }),
    })
    log.use(stored)
    return log.port()
  } catch (error) {
    await admin.close()
    throw error instanceof KafkaLogError ? error : unreachable(settings, error, lastTrouble)
  }
}

/** Trouble that may pass is waited out; what is wrong with the log is told at once. */
function openPatiently(admin: AdminConnection, settings: KafkaLogSettings) {
  const open = async () => {
    const stored = await openGeneration(admin, settings.registry, settings)
    await verifyOffsetsTopic(admin, settings)
    return stored
  }
  return patiently(open, {
    environment: settings.environment,
    forMs: settings.startTimeoutMs,
    pauseMs: () => RETRY_MS,
    isFinal: (error) => error instanceof KafkaLogError || refusalOf(error) !== undefined,
    onTrouble: (error) => settings.onTrouble?.('log, start', error),
  })
}

const RETRY_MS = 500

const REMEDIES = {
  credentials: 'Correct kafkaUsername, kafkaPassword or kafkaSaslMechanism.',
  certificate:
    'Give the brokers one that is trusted, or name who signed it in NODE_EXTRA_CA_CERTS.',
  unreachable: 'Check kafkaBrokers, the network, and the credentials.',
}

function unreachable(settings: KafkaLogSettings, cause: unknown, lastTrouble?: unknown) {
  const isLate = cause instanceof TookTooLong && lastTrouble !== undefined
  const why = isLate ? `${reasonOf(cause)} (${reasonOf(lastTrouble)})` : reasonOf(cause)
  return new KafkaLogError(
    'unreachable',
    `The Kafka brokers ${settings.brokers.join(', ')} cannot be used: ${why}.`,
    REMEDIES[refusalOf(cause) ?? 'unreachable'],
    { cause },
  )
}

interface Subscriber {
  readonly reader: LogReader
  current: GroupReader | undefined
}

/** Follows the installation from one generation of the log to the next (R10). */
class KafkaCommandLog {
  #log: OpenLog | undefined
  readonly #subscribers = new Set<Subscriber>()
  #timer: unknown
  #looking: Promise<void> | undefined
  #moving = false
  #closed: Promise<void> | undefined

  constructor(
    private readonly settings: KafkaLogSettings,
    private readonly parts: OpenLogParts,
  ) {}

  use(stored: OpenLog['stored']): void {
    this.#log = new OpenLog(stored, this.parts)
    this.#moving = stored.status !== 'open'
    this.#schedule()
  }

  port(): CommandLog {
    const self = this
    return {
      get generation() {
        return self.#open.stored.generation
      },
      get partitions() {
        return self.#open.stored.partitions
      },
      append: (commands) => this.#append(commands),
      read: (reader) => this.#read(reader),
      lag: () => this.#open.lag(),
      committed: async () => {
        const sealed = lastSeals(await this.settings.registry.read())
        return [...sealed, ...(await this.#open.committed())]
      },
      close: () => {
        this.#closed ??= this.#close()
        return this.#closed
      },
    }
  }

  /** Asks the registry now whether the log moves, or has moved. */
  look(): void {
    if (this.#closed !== undefined) return
    this.#looking ??= this.#follow()
      .catch((error: unknown) => {
        // a generation that this process cannot use (R11)
        if (error instanceof KafkaLogError) this.settings.onFatal?.(error)
        else this.settings.onTrouble?.('log, registry', error)
      })
      .finally(() => {
        this.#looking = undefined
        this.#schedule()
      })
  }

  get #open(): OpenLog {
    if (this.#log === undefined) throw new Error('The log was not opened.')
    return this.#log
  }

  async #append(commands: Parameters<CommandLog['append']>[0]): Promise<readonly AppendOutcome[]> {
    if (this.#closed !== undefined) return commands.map(() => CLOSED)
    if (this.#moving) {
      const { retryAfterMs } = this.settings
      const moving = { status: 'refused', reason: 'The log moves.', retryAfterMs } as const
      return commands.map(() => moving)
    }
    const { stored, producer } = this.#open
    return producer.append(commands.map((command) => encodeCommand(command, stored.partitions)))
  }

  async #read(reader: LogReader): Promise<LogSubscription> {
    if (this.#closed !== undefined) throw new Error('The log is closed.')
    const subscriber: Subscriber = { reader, current: this.#open.read(reader) }
    this.#subscribers.add(subscriber)
    const leave = async () => {
      this.#subscribers.delete(subscriber)
      await this.#looking
      await subscriber.current?.close()
    }
    try {
      await within(
        this.settings.environment,
        this.settings.startTimeoutMs,
        'joining the consumer group',
        subscriber.current?.joined ?? Promise.resolve(),
      )
    } catch (error) {
      await leave()
      throw unreachable(this.settings, error)
    }
    return { close: leave }
  }

  #schedule(): void {
    const { environment, registryPollMs } = this.settings
    environment.clearTimer(this.#timer)
    if (this.#closed !== undefined) return
    const delayMs = this.#moving ? MOVING_POLL_MS : registryPollMs
    this.#timer = environment.setTimer(() => this.look(), delayMs)
  }

  async #follow(): Promise<void> {
    const current = currentOf(await this.settings.registry.read())
    if (current === undefined) return
    this.#moving = current.status !== 'open'
    if (current.generation <= this.#open.stored.generation || this.#moving) return
    await verifyTopic(this.parts.admin, current, this.settings)
    const old = this.#open
    this.use(current)
    const subscribers = [...this.#subscribers]
    // nothing of a generation is folded while something of the one before may still be
    await Promise.all(subscribers.map(({ current: reader }) => reader?.close()))
    await old.producer.close()
    for (const subscriber of subscribers) {
      if (this.#subscribers.has(subscriber)) subscriber.current = this.#open.read(subscriber.reader)
    }
  }

  async #close(): Promise<void> {
    this.settings.environment.clearTimer(this.#timer)
    await this.#looking
    await this.#open.producer.close()
    await Promise.all([...this.#subscribers].map(({ current }) => current?.close()))
    await this.parts.admin.close()
  }
}
