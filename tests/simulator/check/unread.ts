import type { World } from '../run/world.js'
import type { Life } from '../world/life.js'
import type { AtRest } from './beside.js'
import type { StoredChannel } from './stored.js'

/** P-93: what is unread is what the stored events say that it is, from where this user has read to. */
export function checkUnread({ violations }: World, life: Life, at: AtRest): void {
  const { channel, marks } = at
  const { channelId, head } = channel
  const { info } = life.channel(channelId)
  const receipts = life.client.receipts?.in(channelId).getSnapshot()
  if (info === undefined || receipts === undefined) return
  const read = Math.max(receipts.readSeq ?? 0, lastOwn(channel, life.userId), info.oldestSeq - 1)
  const unread = countAt(channel, head) - countAt(channel, read)
  // of a mark from before numbering started anew only the lowest count is known
  const isExact = (marks.get(life.userId)?.read?.epoch ?? channel.epoch) === channel.epoch
  const isRight = isExact ? info.unreadCount === unread : info.unreadCount >= unread
  if (isRight) return
  const where = `${life.name} ${channelId}: ${info.unreadCount}, not ${unread}, read to ${read} of ${head}`
  violations.add('P-93', 'what is unread is counted wrongly', where)
}

const countAt = (channel: StoredChannel, seq: number): number =>
  channel.at(Math.min(seq, channel.head))?.event.message_count ?? 0

/** A message of their own counts as read. */
function lastOwn(channel: StoredChannel, userId: string): number {
  for (let seq = channel.head; seq > 0; seq--) {
    const event = channel.at(seq)?.event
    if (event?.type === 'message.new' && event.user_id === userId) return seq
  }
  return 0
}
