import type { LogGeneration } from '../../ports/log-registry.js'
import { AdminConnection } from './admin.js'
import { KafkaClients } from './client.js'
import { currentOf } from './generation.js'
import { groupOf } from './open-log.js'
import { type KafkaLogOptions, settingsOf } from './options.js'
import { type PartitionOffsets, readOffsets } from './topic.js'

export interface LogOverview {
  readonly generations: readonly LogGeneration[]
  /** Of the generation that is read now, by partition; empty when there is none yet. */
  readonly offsets: readonly PartitionOffsets[]
}

/** What the installation knows of its logs, and how far the current one is read. */
export async function showLog(options: KafkaLogOptions): Promise<LogOverview> {
  const settings = settingsOf(options)
  const generations = await settings.registry.read()
  const current = currentOf(generations)
  if (current === undefined) return { generations, offsets: [] }
  const admin = new AdminConnection(new KafkaClients(settings), settings.environment)
  try {
    const groupId = groupOf(settings.groupPrefix, current.generation)
    const offsets = await admin.run('reading the offsets', (one) =>
      readOffsets(one, current.topic, groupId),
    )
    return { generations, offsets }
  } finally {
    await admin.close()
  }
}
