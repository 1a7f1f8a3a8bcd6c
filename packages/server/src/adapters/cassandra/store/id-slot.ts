import type { CommandId } from '../../../stream/command.js'
import { type IdWindow, idWindowOf } from '../../../stream/id-window.js'

/**
 * The partition of an id. The ids of a channel that were made within the same four seconds lie together, so that a
 * batch writes them at once: each partition that is written holds up a thread of the node until its commit log is
 * synced. "Not seen" is still answered without a disk: no file has the window of just now. Any other id has a
 * partition of its own. Fixed for an installation (R11): whatever is stored is found by it.
 */
export function idSlot(id: CommandId): string {
  const window = idWindowOf(id)
  if (window !== undefined) return windowSlot(window)
  // ids hold no control characters, so a line break keeps the parts apart
  return `${id.channelId}\n${idInSlot(id)}`
}

/** The partition of a window: named by the digits with which its ids begin. */
export function windowSlot({ channelId, number }: IdWindow): string {
  const digits = number.toString(16).padStart(9, '0')
  return `${channelId}\n${digits.slice(0, 8)}-${digits.slice(8)}`
}

/** Names an id inside its partition. */
export const idInSlot = ({ userId, clientMsgId }: CommandId): string => `${userId}\n${clientMsgId}`

/** The other way round, of a window. */
export function idIn({ channelId }: IdWindow, name: string): CommandId {
  const [userId = '', clientMsgId = ''] = name.split('\n')
  return { channelId, userId, clientMsgId }
}
