import type { CommandId } from '../../../stream/command.js'

/** As the protocol advises clients to make their ids: it begins with the time, in milliseconds. */
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
/** Of which so many characters change every four seconds. */
const WINDOW_UNITS = 10

/**
 * The partition of an id. The ids of a channel that were made within the same four seconds lie together, so that a
 * batch writes them at once: each partition that is written holds up a thread of the node until its commit log is
 * synced. "Not seen" is still answered without a disk: no file has the window of just now. Any other id has a
 * partition of its own. Fixed for an installation (R11): whatever is stored is found by it.
 */
export function idSlot({ channelId, userId, clientMsgId }: CommandId): string {
  // ids hold no control characters, so a line break keeps the parts apart
  return UUID_V7.test(clientMsgId)
    ? `${channelId}\n${clientMsgId.slice(0, WINDOW_UNITS)}`
    : `${channelId}\n${userId}\n${clientMsgId}`
}

/** Names an id inside its partition. */
export const idInSlot = ({ userId, clientMsgId }: CommandId): string => `${userId}\n${clientMsgId}`
