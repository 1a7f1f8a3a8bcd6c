import { randomBytes } from 'node:crypto'
import kafkajs from 'kafkajs'
import { createKafkaLog } from '../../src/adapters/kafka/command-log.js'
import type { KafkaLogOptions } from '../../src/adapters/kafka/options.js'
import type { ProduceTransport } from '../../src/adapters/kafka/producer.js'
import { createMemoryLogRegistry } from '../../src/adapters/memory/log-registry.js'
import { nodeEnvironment } from '../../src/adapters/node/environment.js'
import type { CommandLog } from '../../src/ports/command-log.js'
import type { AppendTrouble, LogHarness } from '../../src/ports/contract/command-log.js'
import type { LogRegistry } from '../../src/ports/log-registry.js'

/** Options for an installation of its own on one broker, which is quick and promises nothing. */
export function testOptions(
  brokers: readonly string[],
  registry: LogRegistry = createMemoryLogRegistry(),
): KafkaLogOptions {
  const name = randomBytes(6).toString('hex')
  return {
    environment: nodeEnvironment,
    registry,
    brokers,
    topicPrefix: `t-${name}.commands`,
    groupPrefix: `t-${name}.sequencer`,
    partitions: 4,
    replicationFactor: 1,
    minInsyncReplicas: 1,
    allowUnsafeKafka: true,
    heartbeatIntervalMs: 100,
    maxFetchWaitMs: 50,
    commitIntervalMs: 10,
  }
}

/** A member of the group that takes no part in anything: its coming and going is a rebalance. */
export async function joinAndLeave(options: KafkaLogOptions, generation = 1): Promise<void> {
  const kafka = new kafkajs.Kafka({
    brokers: [...options.brokers],
    logLevel: kafkajs.logLevel.NOTHING,
  })
  const consumer = kafka.consumer({
    groupId: `${options.groupPrefix}.g${generation}`,
    sessionTimeout: 6_000,
    heartbeatInterval: 100,
    maxWaitTimeInMs: 50,
  })
  await consumer.subscribe({ topics: [`${options.topicPrefix}.g${generation}`] })
  const joined = new Promise<void>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve())
  })
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => {} })
  await joined
  await consumer.disconnect()
}

/** Makes the answers of a log's appends go astray. */
class TroubledTransport implements ProduceTransport {
  #trouble: AppendTrouble | undefined

  constructor(private readonly inner: ProduceTransport) {}

  next(trouble: AppendTrouble): void {
    this.#trouble = trouble
  }

  leaderOf(partition: number): number | undefined {
    return this.inner.leaderOf(partition)
  }

  renew(): void {
    this.inner.renew()
  }

  close(): Promise<void> {
    return this.inner.close()
  }

  async send(batches: Parameters<ProduceTransport['send']>[0]): Promise<void> {
    const trouble = this.#trouble
    this.#trouble = undefined
    if (trouble === 'refused') {
      throw Object.assign(new Error('told to'), { type: 'TOPIC_AUTHORIZATION_FAILED' })
    }
    if (trouble !== 'lost_unanswered') await this.inner.send(batches)
    // nobody answers: the watchdog gives it up
    if (trouble !== undefined) await new Promise(() => undefined)
  }
}

export const kafkaLogHarness =
  (brokers: readonly string[], partitions: number): (() => Promise<LogHarness>) =>
  async () => {
    const base = testOptions(brokers)
    const options: KafkaLogOptions = {
      ...base,
      partitions,
      // an answer that never comes is `unknown` just before the watchdog sends the batch again
      appendTimeoutMs: 2_000,
      watchdogMs: 2_200,
    }
    const logs: CommandLog[] = []
    const transports = new Map<CommandLog, TroubledTransport>()
    return {
      async open() {
        let made: TroubledTransport | undefined
        const log = await createKafkaLog(options, (inner) => {
          made = new TroubledTransport(inner)
          return made
        })
        logs.push(log)
        if (made !== undefined) transports.set(log, made)
        return log
      },
      loseOwnership: () => joinAndLeave(options),
      troubleNextAppend: (log, trouble) => transports.get(log)?.next(trouble),
      async close() {
        await Promise.all(logs.map((log) => log.close()))
      },
    }
  }
