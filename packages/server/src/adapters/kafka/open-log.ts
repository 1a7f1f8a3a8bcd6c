import type { LogReader } from '../../ports/command-log.js'
import type { LogGeneration } from '../../ports/log-registry.js'
import type { Position } from '../../stream/position.js'
import type { AdminConnection } from './admin.js'
import type { KafkaClients } from './client.js'
import { verifyTopic } from './generation.js'
import { GroupReader } from './group-reader.js'
import { KafkaTransport } from './kafka-transport.js'
import type { KafkaLogSettings } from './options.js'
import { Producer, type ProduceTransport } from './producer.js'
import { readOffsets } from './topic.js'

export interface OpenLogParts {
  readonly settings: KafkaLogSettings
  readonly clients: KafkaClients
  readonly admin: AdminConnection
  /** Puts something between the producer and the brokers, for tests. */
  readonly wrapTransport?: (transport: ProduceTransport) => ProduceTransport
  /** The brokers refuse what is appended, or a reader met a seal: the log may be moving (R10). */
  readonly onSealed: () => void
}

/** One generation of the log in use by this process. */
export class OpenLog {
  readonly producer: Producer
  readonly #groupId: string

  constructor(
    readonly stored: LogGeneration,
    private readonly parts: OpenLogParts,
  ) {
    const { settings, clients, onSealed, wrapTransport = (transport) => transport } = parts
    const transport = new KafkaTransport(clients, stored.topic, settings.environment)
    this.producer = new Producer(wrapTransport(transport), { ...settings, onRefused: onSealed })
    this.#groupId = groupOf(settings.groupPrefix, stored.generation)
  }

  read(reader: LogReader): GroupReader {
    const { settings, clients, onSealed } = this.parts
    const { generation, topic, partitions } = this.stored
    return new GroupReader(reader, {
      settings,
      clients,
      generation,
      topic,
      groupId: this.#groupId,
      partitions,
      onSeal: onSealed,
      inspect: async () => {
        await verifyTopic(this.parts.admin, this.stored, settings)
        return this.#offsets()
      },
    })
  }

  async lag(): Promise<readonly number[]> {
    const offsets = await this.#offsets()
    return offsets.map(({ earliest, end, committed }) => Math.max(0, end - (committed ?? earliest)))
  }

  async committed(): Promise<readonly Position[]> {
    const { generation } = this.stored
    return (await this.#offsets()).map(({ committed }, partition) => ({
      generation,
      partition,
      offset: committed ?? 0,
    }))
  }

  #offsets() {
    return this.parts.admin.run('reading the offsets', (one) =>
      readOffsets(one, this.stored.topic, this.#groupId),
    )
  }
}

export const groupOf = (prefix: string, generation: number): string => `${prefix}.g${generation}`
