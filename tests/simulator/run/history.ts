import type { ReceiptRise } from '../../../packages/server/src/ports/receipts.js'
import type { EventRow } from '../../../packages/server/src/stream/event.js'
import { bucketOf } from '../../../packages/server/src/stream/event.js'
import { partitionOf } from '../../../packages/server/src/stream/partition.js'
import type { WriteStep } from '../../../packages/server/src/stream/write-steps.js'
import { WORLD_BEGAN_MS } from '../world/page.js'

const USERS = 4
const made = new Map<string, readonly WriteStep[]>()

/**
 * The messages that a channel has from before the world began, as the steps that wrote them: so that pages have
 * depth, and numbers come near the end of a bucket (R6). Made once for many worlds.
 */
export function historyOf(
  channelId: string,
  count: number,
  partitions: number,
): readonly WriteStep[] {
  if (count === 0) return []
  const key = `${channelId} ${count} ${partitions}`
  let steps = made.get(key)
  if (steps === undefined) {
    steps = makeHistory(channelId, count, partitionOf(channelId, partitions))
    made.set(key, steps)
  }
  return steps
}

/** An own message counts as read (P-93): how far each of who wrote them has read therefore. */
export const marksOf = (channelId: string, count: number): readonly ReceiptRise[] =>
  Array.from({ length: Math.min(count, USERS) }, (_, i) => {
    const seq = count - i
    return { kind: 'read', channelId, userId: authorOf(seq), epoch: 1, seq, messageCount: seq }
  })

const authorOf = (seq: number): string => `u${seq % USERS}`

function makeHistory(channelId: string, count: number, partition: number): readonly WriteStep[] {
  const rows = Array.from({ length: count }, (_, i) => rowOf(channelId, i + 1, partition))
  const last = rows.at(-1)
  if (last === undefined) return []
  return [
    { step: 'rows', channelId, epoch: 1, bucket: 0, rows, effects: [] },
    {
      step: 'state',
      channelId,
      state: {
        epoch: 1,
        epochs: [{ epoch: 1, fromSeq: 0 }],
        headSeq: count,
        messageCount: count,
        oldestSeq: 1,
        position: last.position,
      },
    },
  ]
}

function rowOf(channelId: string, seq: number, partition: number): EventRow {
  const event = {
    type: 'message.new' as const,
    channel_id: channelId,
    channel_seq: seq,
    message_count: seq,
    user_id: authorOf(seq),
    client_msg_id: `before-${channelId}-${seq}`,
    ts: WORLD_BEGAN_MS - 1_000_000 + seq,
    message_id: `before-${channelId}-${seq}`,
    text: `before ${seq}`,
  }
  return {
    channelId,
    epoch: 1,
    bucket: bucketOf(seq),
    channelSeq: seq,
    position: { generation: 1, partition, offset: seq },
    messageCount: seq,
    event,
    json: JSON.stringify(event),
  }
}
