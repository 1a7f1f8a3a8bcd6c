import { isFurther, type Receipts, type Watermark, type Watermarks } from '../../ports/receipts.js'

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Watermarks of this process. */
export function createMemoryReceipts(): Receipts {
  const byUser = new Map<string, Map<string, Watermarks>>()
  const byChannel = new Map<string, Map<string, Watermarks>>()

  function keep(marks: Watermarks): void {
    const { userId, channelId } = marks
    const ofUser = byUser.get(userId) ?? new Map<string, Watermarks>()
    byUser.set(userId, ofUser.set(channelId, marks))
    const inChannel = byChannel.get(channelId) ?? new Map<string, Watermarks>()
    byChannel.set(channelId, inChannel.set(userId, marks))
  }

  return {
    async raise(rises) {
      for (const { kind, channelId, userId, epoch, seq, messageCount } of rises) {
        const marks = byUser.get(userId)?.get(channelId) ?? { channelId, userId }
        const mark: Watermark = { epoch, seq, messageCount }
        if (isFurther(mark, marks[kind])) keep({ ...marks, [kind]: mark })
      }
    },
    ofUser: async (userId) => [...(byUser.get(userId)?.values() ?? [])],
    async inChannel(channelId, { after, limit }) {
      const all = [...(byChannel.get(channelId)?.values() ?? [])]
      return all
        .filter(({ userId }) => after === undefined || compare(userId, after) > 0)
        .sort((a, b) => compare(a.userId, b.userId))
        .slice(0, limit)
    },
    async reached(channelId, mark) {
      const all = [...(byChannel.get(channelId)?.values() ?? [])]
      const count = (kind: 'read' | 'delivered') =>
        all.filter((marks) => marks[kind] !== undefined && !isFurther(mark, marks[kind])).length
      return { read: count('read'), delivered: count('delivered') }
    },
  }
}
