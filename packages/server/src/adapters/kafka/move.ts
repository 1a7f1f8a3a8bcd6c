import type { Admin, Kafka } from 'kafkajs'
import { patiently } from '../../environment/patiently.js'
import type { LogGeneration, LogRegistry } from '../../ports/log-registry.js'
import { AdminConnection } from './admin.js'
import { KafkaClients, within } from './client.js'
import { KafkaLogError } from './errors.js'
import { currentOf, prepareGeneration } from './generation.js'
import { KafkaTransport } from './kafka-transport.js'
import { groupOf } from './open-log.js'
import { type KafkaLogOptions, type KafkaLogSettings, settingsOf } from './options.js'
import { pieces } from './pieces.js'
import { Producer } from './producer.js'
import { decodeRecord, encodeCommand, type RawRecord } from './record.js'
import { fenceTopic, firstSeal, isFenced, readRange, sendSeal } from './seal.js'
import { readOffsets } from './topic.js'

export interface MoveOptions extends KafkaLogOptions {
  /** How long the readers may take to store what lies below the seals, in milliseconds. @default 600,000 */
  readonly storedTimeoutMs?: number
  readonly onProgress?: (step: string) => void
}

const CLIENT_RETRY = {
  initialRetryTime: 100,
  maxRetryTime: 1_000,
  factor: 0.2,
  multiplier: 2,
  retries: 10,
}
const POLL_MS = 200
const STEP_TIMEOUT_MS = 60_000

/**
 * R10: moves a running installation to a new generation of the log. The brokers are told to refuse commands on the
 * old topic, a seal becomes the last record of each partition that is folded, and what slipped in behind a seal is
 * carried over; when the readers have committed everything below the seals, the new generation opens. Meanwhile
 * appends are refused, retryable. Begun again after a failure, it goes on where it was.
 */
export async function moveLog(options: MoveOptions): Promise<LogGeneration> {
  const settings = settingsOf(options)
  const clients = new KafkaClients(settings)
  const admin = new AdminConnection(clients, settings.environment)
  const client = clients.make(CLIENT_RETRY)
  try {
    const move = new Move(settings, clients, admin, client.kafka, options)
    return await move.run()
  } finally {
    await admin.close()
    client.cut()
  }
}

class Move {
  readonly #registry: LogRegistry

  constructor(
    private readonly settings: KafkaLogSettings,
    private readonly clients: KafkaClients,
    private readonly admin: AdminConnection,
    private readonly kafka: Kafka,
    private readonly options: MoveOptions,
  ) {
    this.#registry = settings.registry
  }

  async run(): Promise<LogGeneration> {
    const generations = await this.#registry.read()
    const open = currentOf(generations)
    if (open === undefined) {
      throw new KafkaLogError(
        'rules_differ',
        'This installation has no log yet that could be moved.',
        'Start a server once.',
      )
    }
    const next = await this.#prepared(generations, open.generation + 1)
    const sealing = await this.#begin(open)
    const sealed = await this.#seal(sealing, next)
    await this.#untilStored(sealed)
    const opened = await this.#put(next, { ...next, status: 'open' })
    await this.#put(sealed, { ...sealed, status: 'stored' })
    this.#say(`generation ${opened.generation} is open`)
    return opened
  }

  async #prepared(
    generations: readonly LogGeneration[],
    generation: number,
  ): Promise<LogGeneration> {
    const known = generations.find((one) => one.generation === generation)
    if (known !== undefined) return known
    this.#say(`making generation ${generation}`)
    const made = await this.#patiently('making the topic', () =>
      prepareGeneration(this.admin, generation, 'prepared', this.settings),
    )
    return this.#put(undefined, made)
  }

  async #begin(open: LogGeneration): Promise<LogGeneration> {
    if (open.status !== 'open') return open
    const sealFrom = (await this.#offsets(open)).map(({ end }) => end)
    return this.#put(open, { ...open, status: 'sealing', sealFrom })
  }

  async #seal(sealing: LogGeneration, next: LogGeneration): Promise<LogGeneration> {
    if (sealing.status !== 'sealing') return sealing
    const { topic, generation, sealFrom = [] } = sealing
    this.#say(`sealing generation ${generation}`)
    await this.#ask('fencing the topic', (one) => fenceTopic(one, topic))
    const before = await this.#read(sealing, sealFrom)
    for (const [partition, records] of before.entries()) {
      if (firstSeal(records) !== undefined) continue
      await this.#patiently('sealing a partition', () =>
        sendSeal(this.kafka, topic, partition, generation),
      )
    }
    for (const partition of sealFrom.keys()) {
      await this.#patiently('the fence', async () => {
        const fenced = await isFenced(this.kafka, topic, partition)
        if (!fenced) throw new Error('the brokers do not obey the fence yet')
      })
    }
    const records = await this.#read(sealing, sealFrom)
    const seals = records.map((all, partition) => {
      const seal = firstSeal(all)
      if (seal === undefined) throw new Error(`partition ${partition} has no seal`)
      return seal
    })
    await this.#carryOver(sealing, next, records, seals)
    return this.#put(sealing, { ...sealing, status: 'sealed', seals })
  }

  /** What was appended behind a seal was told to be appended: it goes to the front of the new generation. */
  async #carryOver(
    from: LogGeneration,
    to: LogGeneration,
    records: readonly (readonly RawRecord[])[],
    seals: readonly number[],
  ): Promise<void> {
    const commands = records.flatMap((all, partition) =>
      all
        .filter(({ offset }) => offset > (seals[partition] ?? 0))
        .map(({ value }) => decodeRecord(value, partition, from.partitions))
        .flatMap((decoded) => (decoded.record === 'command' ? [decoded.command] : [])),
    )
    if (commands.length === 0) return
    this.#say(`carrying ${commands.length} commands over`)
    const { environment } = this.settings
    const transport = new KafkaTransport(this.clients, to.topic, environment)
    const producer = new Producer(transport, { ...this.settings, appendTimeoutMs: STEP_TIMEOUT_MS })
    try {
      const carried = commands.map((command) => encodeCommand(command, to.partitions))
      for (const piece of pieces(carried, this.settings)) {
        const outcomes = await producer.append(piece)
        if (outcomes.every(({ status }) => status === 'appended')) continue
        throw new Error('what lay behind a seal could not be carried over')
      }
    } finally {
      await producer.close()
    }
  }

  /** Everything below the seals is committed, and so it is in the store (R8). */
  async #untilStored(sealed: LogGeneration): Promise<void> {
    const { environment } = this.settings
    const { storedTimeoutMs = 600_000 } = this.options
    const untilMs = environment.monotonicNow() + storedTimeoutMs
    this.#say('waiting for the readers to store everything below the seals')
    for (;;) {
      const offsets = await this.#offsets(sealed)
      const behind = (sealed.seals ?? []).filter((seal, partition) => {
        const { committed, earliest = 0 } = offsets[partition] ?? {}
        return (committed ?? earliest) < seal
      })
      if (behind.length === 0) return
      if (environment.monotonicNow() > untilMs) {
        throw new KafkaLogError(
          'unreachable',
          `${behind.length} partitions of generation ${sealed.generation} are not stored up to their seals.`,
          'See that sequencers run and that the store answers, then run tidings log move again.',
        )
      }
      await this.#pause()
    }
  }

  /** By partition, what lies from the given offset to the end. */
  async #read({ topic, generation }: LogGeneration, from: readonly number[]) {
    const ends = await this.#ask('reading the ends', (one) => one.fetchTopicOffsets(topic))
    const ranges = from.map((offset, partition) => ({
      from: offset,
      to: Number(ends.find((one) => one.partition === partition)?.high ?? 0),
    }))
    const groupId = `${this.settings.groupPrefix}.move.g${generation}.${this.settings.environment.randomId()}`
    return within(
      this.settings.environment,
      STEP_TIMEOUT_MS,
      'reading the end of the log',
      readRange(this.kafka, topic, groupId, ranges),
    )
  }

  #offsets({ topic, generation }: LogGeneration) {
    return this.#ask('reading the offsets', (one) =>
      readOffsets(one, topic, groupOf(this.settings.groupPrefix, generation)),
    )
  }

  async #put(seen: LogGeneration | undefined, next: LogGeneration): Promise<LogGeneration> {
    if (await this.#registry.put(seen, next)) return next
    throw new KafkaLogError(
      'rules_differ',
      'Somebody else moves the log at the same time.',
      'Wait for the other move, or run tidings log move again when it has failed.',
    )
  }

  #ask<T>(what: string, ask: (admin: Admin) => Promise<T>): Promise<T> {
    return this.#patiently(what, () => this.admin.run(what, ask))
  }

  /** Trouble that may pass is waited out. */
  #patiently<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const { environment, onTrouble } = this.settings
    return patiently(attempt, {
      environment,
      forMs: STEP_TIMEOUT_MS,
      pauseMs: () => POLL_MS,
      isFinal: (error) => error instanceof KafkaLogError,
      onTrouble: (error) => onTrouble?.(`log move, ${what}`, error),
    })
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.settings.environment.setTimer(resolve, POLL_MS))
  }

  #say(step: string): void {
    this.options.onProgress?.(step)
  }
}
