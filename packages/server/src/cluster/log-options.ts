import type { KafkaLogOptions } from '../adapters/kafka/options.js'
import type { Config } from '../config/fields.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { LogRegistry } from '../ports/log-registry.js'

/** What the log keeps, and so what may be folded again: ids are kept longer than that (R4). */
export const LOG_RETENTION_MS = 7 * 24 * 60 * 60 * 1000

/** The log on Kafka as the settings want it: the same for servers and for the command that moves it. */
export const logOptionsOf = (
  config: Config,
  environment: ServerEnvironment,
  registry: LogRegistry,
): KafkaLogOptions => ({ ...kafkaOptionsOf(config, environment), registry })

/** Of whatever lies on Kafka. */
export function kafkaOptionsOf(
  config: Config,
  environment: ServerEnvironment,
): Omit<KafkaLogOptions, 'registry'> {
  const { kafkaUsername: username, kafkaPassword: password } = config
  return {
    environment,
    brokers: config.kafkaBrokers,
    tls: config.kafkaTls,
    topicPrefix: config.kafkaTopicPrefix,
    groupPrefix: config.kafkaGroupPrefix,
    retentionMs: LOG_RETENTION_MS,
    createTopics: config.kafkaCreateTopics,
    partitions: config.kafkaPartitions,
    replicationFactor: config.kafkaReplicationFactor,
    minInsyncReplicas: config.kafkaMinInsyncReplicas,
    allowUnsafeKafka: config.allowUnsafeKafka,
    ...(username !== undefined &&
      password !== undefined && {
        sasl: { mechanism: config.kafkaSaslMechanism, username, password },
      }),
  }
}
