import type { ChannelEntry, ChannelKind, Role } from '@tidings/protocol'
import type { StreamEvent } from './items.js'
import { toCamel } from './names.js'

/** A channel as this user sees it. Another object after each change. */
export interface ChannelInfo {
  readonly id: string
  readonly workspaceId: string
  readonly kind: ChannelKind
  readonly name?: string | undefined
  readonly role: Role
  /** The two users of a direct channel. */
  readonly userIds?: readonly string[] | undefined
  readonly headSeq: number
  /** The lowest number that this user may read. */
  readonly oldestSeq: number
  readonly messageCount: number
  /** How many of them this user has read. */
  readonly readMessageCount: number
  readonly unreadCount: number
}

/** What the server says of it now; at least so many messages of this epoch were read. */
export function infoOf(entry: ChannelEntry, readMessageCount: number): ChannelInfo {
  const { channelId: id, epoch, fromSeq, readSeq, ...rest } = toCamel(entry)
  return withRead(counted({ ...rest, id }), readMessageCount)
}

/** With so many messages read: the higher of what is known counts (P-93). */
export const withRead = (info: ChannelInfo, readMessageCount = 0): ChannelInfo =>
  readMessageCount > info.readMessageCount ? counted({ ...info, readMessageCount }) : info

/** With a head that the server stated; itself where that is not above what is known. */
export const withHead = (
  info: ChannelInfo,
  headSeq: number,
  messageCount: number,
  oldestSeq = info.oldestSeq,
): ChannelInfo =>
  headSeq > info.headSeq ? counted({ ...info, headSeq, messageCount, oldestSeq }) : info

/** At the start of an epoch, which has at most so many messages; its entry will say how many. */
export const withReset = (info: ChannelInfo, headSeq: number): ChannelInfo => {
  const messageCount = Math.min(info.messageCount, headSeq)
  const readMessageCount = Math.min(info.readMessageCount, headSeq)
  return counted({ ...info, headSeq, messageCount, readMessageCount })
}

/** With an event, live or from a page. A message moves its sender's own read mark. */
export function withSeen(info: ChannelInfo, event: StreamEvent, userId?: string): ChannelInfo {
  const { channelSeq, messageCount = info.messageCount } = event
  const seen = withHead(info, channelSeq, messageCount)
  const own = event.kind === 'message' && event.userId === userId
  return own ? withRead(seen, messageCount) : seen
}

const counted = (info: Counted): ChannelInfo => {
  const { headSeq, oldestSeq, messageCount, readMessageCount = 0 } = info
  const unread = headSeq < oldestSeq ? 0 : messageCount - readMessageCount
  return { ...info, readMessageCount, unreadCount: Math.max(0, unread) }
}

type Counted = Omit<ChannelInfo, 'unreadCount' | 'readMessageCount'> & {
  readonly readMessageCount?: number | undefined
}
