import type { ChannelEntry, ChannelKind, Role } from '@tidings/protocol'
import type { StreamEvent } from './items.js'

/** A channel as this user sees it. Another object after each change. */
export interface ChannelInfo {
  readonly id: string
  readonly workspaceId: string
  readonly kind: ChannelKind
  readonly name: string | undefined
  readonly role: Role
  /** The two users of a direct channel. */
  readonly userIds: readonly string[] | undefined
  readonly headSeq: number
  /** The lowest number that this user may read. */
  readonly oldestSeq: number
  readonly messageCount: number
  /** How many of them this user has read. */
  readonly readMessageCount: number
  readonly unreadCount: number
}

/** What the server says of it now. */
export const infoOf = (entry: ChannelEntry): ChannelInfo =>
  counted({
    id: entry.channel_id,
    workspaceId: entry.workspace_id,
    kind: entry.kind,
    name: entry.name,
    role: entry.role,
    userIds: entry.user_ids,
    headSeq: entry.head_seq,
    oldestSeq: entry.oldest_seq,
    messageCount: entry.message_count,
    readMessageCount: entry.read_message_count ?? 0,
  })

/** With a head that the server stated; itself where that is not above what is known. */
export const withHead = (
  info: ChannelInfo,
  headSeq: number,
  messageCount: number,
  oldestSeq = info.oldestSeq,
): ChannelInfo =>
  headSeq > info.headSeq ? counted({ ...info, headSeq, messageCount, oldestSeq }) : info

/** With an event, live or from a page. A message moves its sender's own read mark. */
export function withSeen(info: ChannelInfo, event: StreamEvent, userId?: string): ChannelInfo {
  const { channelSeq, messageCount = info.messageCount } = event
  const seen = withHead(info, channelSeq, messageCount)
  const own = event.kind === 'message' && event.userId === userId
  return own && messageCount > seen.readMessageCount
    ? counted({ ...seen, readMessageCount: messageCount })
    : seen
}

const counted = (info: Omit<ChannelInfo, 'unreadCount'>): ChannelInfo => ({
  ...info,
  unreadCount: Math.max(0, info.messageCount - info.readMessageCount),
})
