import kafkajs, { type PartitionAssigner } from 'kafkajs'

/** What is used of the client library's cluster object, which it hands to assigners; 2.2.4 is the last version. */
interface ClusterInternals {
  defaultOffset(config: unknown): number
  fetchTopicsOffset(topics: readonly Readonly<Record<string, unknown>>[]): Promise<unknown>
}

const EARLIEST = -2

/**
 * The library's round robin, which tells before every join that it begins (R1): some joins happen inside the library
 * without an event in front of them, and this is the one call that all of them make first. It also takes away the
 * library's own reset on “offset out of range”, which would commit another offset and skip or repeat (R8).
 */
export function watchingAssigner(onJoining: () => void): PartitionAssigner {
  return (config) => {
    withoutReset(config.cluster as unknown as ClusterInternals)
    const assigner = kafkajs.PartitionAssigners.roundRobin(config)
    return {
      name: assigner.name,
      version: assigner.version,
      assign: (group) => assigner.assign(group),
      protocol(subscription) {
        onJoining()
        return assigner.protocol(subscription)
      },
    }
  }
}

/** A partition of which nothing is committed begins at its first record; nothing else is ever chosen for it. */
function withoutReset(cluster: ClusterInternals): void {
  const fetchTopicsOffset = cluster.fetchTopicsOffset.bind(cluster)
  cluster.fetchTopicsOffset = (topics) =>
    fetchTopicsOffset(topics.map((topic) => ({ ...topic, fromTimestamp: EARLIEST })))
  cluster.defaultOffset = () => {
    throw new kafkajs.KafkaJSNonRetriableError(
      'The offset to read lies outside of the log; it is not reset.',
    )
  }
}
