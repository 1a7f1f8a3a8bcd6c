import { type ChannelEntry, epochField } from '@tidings/protocol'
import type { Membership } from '../ports/membership.js'
import { validMark } from '../receipts/valid-mark.js'
import type { Channel } from './channel.js'
import type { UserSessions } from './users.js'

/** The lowest number that a member may read: the higher of retention and where their history begins. */
export const oldestFor = (channel: Channel, membership: Membership): number =>
  Math.max(channel.oldestSeq, membership.visibleFromSeq ?? 1)

/** A channel as one member sees it now. `fromSeq`: what the client named above it is void. */
export function entryOf(
  channel: Channel,
  membership: Membership,
  user: UserSessions | undefined,
  fromSeq?: number,
): ChannelEntry {
  const { record } = channel
  const kept = user?.markOf('read', channel.channelId)
  const read = kept && validMark(channel, kept)
  const oldestSeq = oldestFor(channel, membership)
  // P-93: what lies below their history is nothing that they have not read
  const below = channel.countsBelow?.get(oldestSeq) ?? 0
  const readCount = Math.max(read?.messageCount ?? 0, below)
  return {
    channel_id: channel.channelId,
    workspace_id: membership.workspaceId,
    kind: record?.kind ?? 'private',
    ...(record?.name && { name: record.name }),
    ...(record?.kind === 'direct' && { user_ids: [...record.userIds] }),
    role: membership.role,
    head_seq: channel.lastSeq,
    oldest_seq: oldestSeq,
    ...epochField(channel.epoch),
    ...(fromSeq !== undefined && { from_seq: fromSeq }),
    message_count: channel.messageCount,
    ...(read !== undefined && { read_seq: read.seq }),
    ...((read !== undefined || below > 0) && { read_message_count: readCount }),
  }
}
