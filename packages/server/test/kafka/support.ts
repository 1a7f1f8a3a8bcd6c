import { PARTITIONER } from '../../src/adapters/kafka/record.js'
import type { TopicDescription } from '../../src/adapters/kafka/topic.js'
import type { LogGeneration } from '../../src/ports/log-registry.js'
import { RULES_VERSION } from '../../src/stream/command.js'

const MARKER = '4611686018427387999'

/** A generation and a topic that fit each other, and are safe. */
export const storedGeneration = (change: Partial<LogGeneration> = {}): LogGeneration => ({
  generation: 3,
  topic: 'commands.g3',
  marker: MARKER,
  partitions: 2,
  partitioner: PARTITIONER,
  rulesVersion: RULES_VERSION,
  status: 'open',
  ...change,
})

export const describedTopic = (
  configs: Readonly<Record<string, string>> = {},
  replicas: readonly number[] = [3, 3],
): TopicDescription => ({
  topic: 'commands.g3',
  replicas,
  configs: new Map(
    Object.entries({
      'cleanup.policy': 'delete',
      'min.insync.replicas': '2',
      'unclean.leader.election.enable': 'false',
      'max.compaction.lag.ms': MARKER,
      ...configs,
    }),
  ),
})
