import type { CommandId } from './command.js'

/** As the protocol advises clients to make their ids: it begins with the time, in milliseconds. */
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Ids of one channel that were made within so many milliseconds are one window. Fixed for an installation (R11). */
export const ID_WINDOW_MS = 4_096

/** The ids of one channel that were made in the same few seconds, whoever made them. */
export interface IdWindow {
  readonly channelId: string
  /** Windows of a channel follow each other; the first one begins in 1970. */
  readonly number: number
}

/** The window of an id; undefined for one that does not say when it was made. */
export function idWindowOf({ channelId, clientMsgId }: CommandId): IdWindow | undefined {
  if (!UUID_V7.test(clientMsgId)) return undefined
  // of the 48 bits of the time the upper 36: eight digits, and behind the hyphen one
  const digits = clientMsgId.slice(0, 8) + clientMsgId.slice(9, 10)
  return { channelId, number: Number.parseInt(digits, 16) }
}

// ids hold no control characters, so a line break keeps the parts apart
export const windowName = ({ channelId, number }: IdWindow): string => `${channelId}\n${number}`
