import type { KnownHead, KnownHeads } from '../../ports/known-heads.js'

/** Most channels that are kept; the longest not raised go first (I7). */
const CHANNELS_MAX = 100_000

/** Heads known in this memory: for tests and for the simulator. */
export function createMemoryKnownHeads(): KnownHeads {
  const byChannel = new Map<string, KnownHead>()
  function raise(head: KnownHead): void {
    const before = byChannel.get(head.channelId)
    byChannel.delete(head.channelId)
    const oldest = byChannel.keys().next().value
    if (byChannel.size >= CHANNELS_MAX && oldest !== undefined) byChannel.delete(oldest)
    byChannel.set(head.channelId, before === undefined ? head : higher(before, head))
  }
  return {
    async raise(heads) {
      heads.forEach(raise)
    },
    read: async (channelIds) => channelIds.map((channelId) => byChannel.get(channelId)),
  }
}

function higher(before: KnownHead, next: KnownHead): KnownHead {
  const isNext =
    next.epoch > before.epoch || (next.epoch === before.epoch && next.headSeq > before.headSeq)
  const oldestSeq = Math.max(before.oldestSeq, next.oldestSeq)
  return { ...(isNext ? next : before), oldestSeq }
}
