import type { StoreTables } from '../../packages/server/src/adapters/memory/store-tables.js'
import type { AssignmentMemory } from '../../packages/server/src/sequencer/memory.js'
import { bucketOf } from '../../packages/server/src/stream/event.js'
import type { Small } from './world.js'

/** Sentinels for what is read where the memory knows nothing. */
const READ = {
  messageId: 'read',
  userId: 'read',
  messageCount: -1,
  deletedAt: undefined,
  reactionPresent: false,
}

const END = { generation: 1_000, partition: 0, offset: 0 }

/** Everything that a small world could ever find in the tables, as text. */
export function dumpTables(
  tables: StoreTables,
  { channelId, seqs, epochs, ids, offsets }: Small,
): string {
  const { pointers, changes, state } = tables.channel(channelId)
  const rows = epochs.map((epoch) => {
    const buckets = [...new Set(seqs.map(bucketOf))]
    return buckets.map((bucket) => tables.bucket({ channelId, epoch, bucket }).rows)
  })
  const effects = epochs.map((epoch) =>
    seqs.map((seq) => tables.bucket({ channelId, epoch, bucket: bucketOf(seq) }).effects(seq)),
  )
  const belows = [...offsets, END]
  const known = ids.map((id) => belows.map((below) => tables.idBelow(id, below)))
  return JSON.stringify([pointers, changes, state, rows, effects, known])
}

/** Everything that a small world could ever find in an assignment's memory, as text. */
export function dumpMemory(
  memory: AssignmentMemory,
  { channelId, seqs, ids, offsets, reactions }: Small,
): string {
  const targets = seqs.map((seq) => [
    memory.numbered(channelId, seq),
    memory.target(channelId, seq, undefined, READ),
    reactions.map((reaction) =>
      [false, true].map((reactionPresent) =>
        memory.target(channelId, seq, reaction, { ...READ, reactionPresent }),
      ),
    ),
  ])
  const belows = [...offsets, END]
  const known = ids.map((id) => [
    memory.id(id),
    // null would be an id without a row as well
    belows.map((below) => memory.heldIds?.known(id, below) ?? 'not held'),
  ])
  return JSON.stringify([memory.channel(channelId), known, targets])
}
