import kafkajs, { type PartitionAssigner } from 'kafkajs'
import type { ServerEnvironment } from '../../ports/environment.js'
import { TookTooLong, within } from './client.js'

/** What is used of the client library's cluster object, which it hands to assigners; 2.2.4 is its last version. */
interface ClusterInternals {
  defaultOffset(config: unknown): number
  fetchTopicsOffset(topics: readonly Readonly<Record<string, unknown>>[]): Promise<unknown>
  findGroupCoordinator(query: unknown): Promise<CoordinatorInternals>
  refreshMetadataIfNecessary(): Promise<void>
}

interface CoordinatorInternals {
  readonly brokerAddress: string
  heartbeat(request: unknown): Promise<unknown>
}

export interface Watching {
  readonly environment: ServerEnvironment
  /** How long a heartbeat may take before its coordinator is asked whether it is there, in milliseconds. */
  readonly heartbeatTimeoutMs: number
  /** Whether a broker, `host:port`, answers on a connection of its own. Never rejects. */
  readonly isAlive: (broker: string) => Promise<boolean>
  readonly onJoining: () => void
  /** False when what was owned is given up, and the group does not know it. */
  readonly isMember: () => boolean
  /** Resolves when there is something to fetch, or it is not known when there will be. Never rejects. */
  readonly untilFetchable: () => Promise<void>
}

/**
 * The library's round robin, which tells before every join that it begins (R1): some joins happen inside the library
 * without an event in front of them, and this is the one call that all of them make first. On the way the three
 * habits of the library that harm are taken away, see below.
 */
export function watchingAssigner(watching: Watching): PartitionAssigner {
  return (config) => {
    const cluster = config.cluster as unknown as ClusterInternals
    withoutReset(cluster)
    withoutGhosts(cluster, watching)
    withoutSleep(cluster, watching)
    const assigner = kafkajs.PartitionAssigners.roundRobin(config)
    return {
      name: assigner.name,
      version: assigner.version,
      assign: (group) => assigner.assign(group),
      protocol(subscription) {
        watching.onJoining()
        return assigner.protocol(subscription)
      },
    }
  }
}

const EARLIEST = -2

/**
 * R8: on “offset out of range” the library would commit another offset, and repeat or skip. A partition of which
 * nothing is committed begins at its first record; nothing else is ever chosen for it.
 */
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

/**
 * When its coordinator dies the library clings to it, and at last comes back as another member, which then waits
 * until the brokers give up the one it was. So a heartbeat that nobody answers says what a broker would say that is
 * not the coordinator any more: then the library looks for the new one, and joins as the member it is. But a
 * heartbeat also waits behind a commit on the same connection, which waits for a broker that has died and is not given
 * up yet: as long as the coordinator itself is there, its answer is only late. A join that fails half-way may also be
 * forgotten by the library, which goes on with the membership it had; that is over here, and the next heartbeat says
 * so (R1).
 */
function withoutGhosts(cluster: ClusterInternals, watching: Watching): void {
  const { environment, heartbeatTimeoutMs } = watching
  const watched = new WeakSet<CoordinatorInternals>()
  const find = cluster.findGroupCoordinator.bind(cluster)
  cluster.findGroupCoordinator = async (query) => {
    const coordinator = await find(query)
    if (watched.has(coordinator)) return coordinator
    watched.add(coordinator)
    const heartbeat = coordinator.heartbeat.bind(coordinator)
    const address = coordinator.brokerAddress
    coordinator.heartbeat = async (request) => {
      if (!watching.isMember()) throw joinAgain('The ownership was given up.')
      try {
        return await within(environment, heartbeatTimeoutMs, 'a heartbeat', heartbeat(request))
      } catch (error) {
        if (answered(error)) throw error
        const isLate = error instanceof TookTooLong && (await watching.isAlive(address))
        if (!isLate) throw joinAgain('The coordinator of the group does not answer.', error)
        // what it still says the next one will be told too
        return undefined
      }
    }
    return coordinator
  }
}

/**
 * Whoever joins looks at the log before it reads, which takes less than a tenth of a second; a fetcher that finds nothing
 * to fetch meanwhile sleeps as long as a fetch may take, and every partition stands still for it. So it waits before
 * it looks: this is what each fetch asks first.
 */
function withoutSleep(cluster: ClusterInternals, { untilFetchable }: Watching): void {
  const refresh = cluster.refreshMetadataIfNecessary.bind(cluster)
  cluster.refreshMetadataIfNecessary = async () => {
    await untilFetchable()
    await refresh()
  }
}

const answered = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'type' in error && error.type !== undefined

const joinAgain = (message: string, cause?: unknown): Error =>
  Object.assign(new kafkajs.KafkaJSError(message), { type: 'NOT_COORDINATOR_FOR_GROUP', cause })
