import type { ChannelEntry, ChannelKind, Role, ServerFrame } from '@tidings/protocol'
import type { UnreadableEvent } from '../connection/guard.js'

/** A channel of this user, as far as its list shows it. */
export interface ChannelInfo {
  readonly id: string
  readonly workspaceId: string
  readonly kind: ChannelKind
  readonly name?: string | undefined
  /** The two users of a direct channel. */
  readonly userIds?: readonly string[] | undefined
  /** This user's own. */
  readonly role: Role
  readonly epoch: number
  /** The highest number of the channel; 0 when nothing was said yet. */
  readonly headSeq: number
  /** The lowest number that this user may read. */
  readonly oldestSeq: number
  /** How many messages the channel has. */
  readonly messageCount: number
  /** How many of them this user has not read, on any device. */
  readonly unreadCount: number
  /** Up to where this user has read. */
  readonly readSeq?: number | undefined
}

/** What the list keeps of a channel: `ChannelInfo` but for what is computed, and the read mark. */
export interface Known {
  readonly entry: ChannelEntry
  /** The session in which the server last stated it. */
  readonly session: number
}

export function infoOf(entry: ChannelEntry): ChannelInfo {
  const { message_count: messageCount, read_message_count: readCount = 0 } = entry
  const nothingToRead = entry.head_seq < entry.oldest_seq
  return {
    id: entry.channel_id,
    workspaceId: entry.workspace_id,
    kind: entry.kind,
    name: entry.name,
    userIds: entry.user_ids,
    role: entry.role,
    epoch: entry.epoch ?? 1,
    headSeq: entry.head_seq,
    oldestSeq: entry.oldest_seq,
    messageCount,
    unreadCount: nothingToRead ? 0 : Math.max(0, messageCount - readCount),
    readSeq: entry.read_seq,
  }
}

/** The entry after a frame that moves its head, its count or its read mark; the same if none does. */
export function moved(
  entry: ChannelEntry,
  frame: ServerFrame | UnreadableEvent,
  userId: string | undefined,
): ChannelEntry {
  const epoch = 'epoch' in frame ? (frame.epoch ?? 1) : 1
  const own = entry.epoch ?? 1
  switch (frame.type) {
    case 'channel.reset':
      return epoch > own ? { ...entry, epoch, head_seq: frame.from_seq } : entry
    case 'receipt.update':
      return frame.user_id === userId ? withRead(entry, frame.seq, frame.message_count) : entry
    case 'channel.head': {
      const { head_seq, oldest_seq, message_count } = frame
      if (epoch < own || (epoch === own && head_seq < entry.head_seq)) return entry
      return { ...entry, epoch, head_seq, oldest_seq, message_count }
    }
  }
  if (!('channel_seq' in frame) || frame.channel_seq === undefined) return entry
  if (frame.type === 'message.ack' || epoch !== own || frame.channel_seq <= entry.head_seq)
    return entry
  const { channel_seq: head_seq, message_count = entry.message_count } = frame
  const next = { ...entry, head_seq, message_count }
  // Who writes has read.
  const isOwn = frame.type === 'message.new' && frame.user_id === userId
  return isOwn ? withRead(next, head_seq, message_count) : next
}

const withRead = (
  entry: ChannelEntry,
  read_seq: number,
  read_message_count: number,
): ChannelEntry =>
  read_seq > (entry.read_seq ?? 0) ? { ...entry, read_seq, read_message_count } : entry
