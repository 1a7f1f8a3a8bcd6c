import type { ServiceNode } from '../../../scripts/services/index.js'
import { askBrokers } from '../../support/ask-brokers.js'
import { until } from '../wait.js'
import type { System } from './system.js'

const OFFSETS_TOPIC = '__consumer_offsets'
const IN_SYNC_WITHIN_MS = 60_000

export interface Brokers {
  /** Who keeps the sequencers' offsets and members. */
  readonly coordinator: ServiceNode
  /** The others, who lead partitions of the log: most of them first. */
  readonly leaders: readonly ServiceNode[]
}

/** Who is what among the brokers now. */
export const brokersOf = ({ services, name }: System): Promise<Brokers> =>
  askBrokers(services.kafka.brokers, async (admin) => {
    const { nodes } = services.kafka
    const cluster = await admin.describeCluster()
    const nodeOf = (id: number | undefined): ServiceNode => {
      const known = cluster.brokers.find(({ nodeId }) => nodeId === id)
      const node = nodes.find(({ address }) => address === `${known?.host}:${known?.port}`)
      if (node === undefined) throw new Error(`No node is broker ${id}.`)
      return node
    }
    const group = `${name}.sequencer.g1`
    const log = logOf(name)
    const { topics } = await admin.fetchTopicMetadata({ topics: [OFFSETS_TOPIC, log] })
    const partitionsOf = (topic: string) =>
      topics.find((one) => one.name === topic)?.partitions ?? []
    const offsets = partitionsOf(OFFSETS_TOPIC)
    const own = Math.abs(javaHash(group)) % offsets.length
    const coordinator = nodeOf(offsets.find(({ partitionId }) => partitionId === own)?.leader)
    const led = (node: ServiceNode) =>
      partitionsOf(log).filter(({ leader }) => nodeOf(leader) === node).length
    const leaders = nodes.filter((node) => node !== coordinator && led(node) > 0)
    return { coordinator, leaders: [...leaders].sort((a, b) => led(b) - led(a)) }
  })

/** Resolves when every copy of the log and of the sequencers' offsets has caught up. */
export const untilInSync = ({ services, name }: System): Promise<void> =>
  until('the brokers to be in sync', IN_SYNC_WITHIN_MS, () =>
    askBrokers(services.kafka.brokers, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [OFFSETS_TOPIC, logOf(name)] })
      return topics
        .flatMap(({ partitions }) => partitions)
        .every(({ isr, replicas }) => isr.length === replicas.length)
    }),
  )

const logOf = (name: string): string => `${name}.commands.g1`

/** As the brokers choose the partition of a group's offsets. */
const javaHash = (text: string): number =>
  Array.from(text).reduce((hash, char) => (Math.imul(31, hash) + char.charCodeAt(0)) | 0, 0)
