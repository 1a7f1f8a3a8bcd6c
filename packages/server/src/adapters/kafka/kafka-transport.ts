import type { Message, PartitionMetadata, Producer } from 'kafkajs'
import type { ServerEnvironment } from '../../ports/environment.js'
import type { KafkaClient, KafkaClients } from './client.js'
import { NotSent } from './errors.js'
import type { Batch } from './produce-queue.js'
import type { ProduceTransport } from './producer.js'

/** How long a client that was given up may finish what is in flight to brokers that do answer, in milliseconds. */
const GRACE_MS = 5_000

interface Connected {
  readonly client: KafkaClient
  readonly producer: Producer
  readonly connected: Promise<void>
  inFlight: number
  retired: boolean
  timer?: unknown
}

/** Sends to one topic through a client that can be exchanged for a new one at any time. */
export class KafkaTransport implements ProduceTransport {
  #current: Connected | undefined
  #leaders: ReadonlyMap<number, number> = new Map()
  #metadata: readonly PartitionMetadata[] | undefined
  /** The first message of each request of which nothing went out yet. */
  readonly #unsent = new Set<Message | undefined>()
  #closed = false

  constructor(
    private readonly clients: KafkaClients,
    private readonly topic: string,
    private readonly environment: ServerEnvironment,
  ) {}

  leaderOf(partition: number): number | undefined {
    return this.#leaders.get(partition)
  }

  async send(batches: readonly Batch[]): Promise<void> {
    if (this.#closed) throw new Error('the log is closed')
    this.#current ??= this.#connect()
    const used = this.#current
    used.inFlight += 1
    const messages = batches.flatMap(messagesOf)
    this.#unsent.add(messages[0])
    try {
      await used.connected
      await used.producer.send({ topic: this.topic, acks: -1, messages })
    } catch (error) {
      // a client that could not connect is of no use later either
      if (used === this.#current && !(await isConnected(used))) this.renew()
      throw this.#unsent.has(messages[0]) ? new NotSent(error) : error
    } finally {
      this.#unsent.delete(messages[0])
      used.inFlight -= 1
      if (used.retired && used.inFlight === 0) this.#giveUp(used)
    }
  }

  renew(): void {
    const used = this.#current
    this.#current = undefined
    if (used === undefined) return
    used.retired = true
    if (used.inFlight === 0) this.#giveUp(used)
    else used.timer = this.environment.setTimer(() => this.#giveUp(used), GRACE_MS)
  }

  async close(): Promise<void> {
    this.#closed = true
    const used = this.#current
    this.#current = undefined
    if (used !== undefined) this.#giveUp(used)
  }

  #connect(): Connected {
    const client = this.clients.make()
    const producer = client.kafka.producer({
      allowAutoTopicCreation: false,
      metadataMaxAge: 30_000,
      createPartitioner:
        () =>
        ({ message, partitionMetadata }) => {
          // it is asked for partitions once it knows of leaders, and before anything is sent to one
          this.#unsent.delete(message)
          this.#learn(partitionMetadata)
          return message.partition ?? 0
        },
    })
    return { client, producer, connected: producer.connect(), inFlight: 0, retired: false }
  }

  /** The client library shows its newest metadata with every message. */
  #learn(metadata: PartitionMetadata[]): void {
    if (metadata === this.#metadata) return
    this.#metadata = metadata
    this.#leaders = new Map(metadata.map(({ partitionId, leader }) => [partitionId, leader]))
  }

  #giveUp(used: Connected): void {
    this.environment.clearTimer(used.timer)
    used.client.cut()
    // waits for requests that will never be answered; the cut has ended them
    used.producer.disconnect().catch(() => undefined)
  }
}

const messagesOf = ({ partition, entries }: Batch): Message[] =>
  entries.map(({ record: { key, value, headers } }) => ({
    partition,
    key,
    value,
    headers: { ...headers },
  }))

const isConnected = ({ connected }: Connected): Promise<boolean> =>
  connected.then(
    () => true,
    () => false,
  )
