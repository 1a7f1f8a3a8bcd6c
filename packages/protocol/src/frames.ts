/** The types of the wire. They come from the schemas and cost nothing at run time. */
import type * as z from 'zod/mini'
import type { channelEntry } from './frames/channels.js'
import type { attachment, channelKind, replyTo, role } from './frames/common.js'
import type { memberReceipts, presenceStatus, userPresence } from './frames/ephemeral.js'
import type { reactionSummary } from './frames/events.js'
import type { sessionLimits } from './frames/session.js'
import type { channelEvents, clientFrames, serverFrames } from './schemas.js'

type Frames<T extends Record<string, z.ZodMiniType>> = { [K in keyof T]: z.infer<T[K]> }

export type ClientFrames = Frames<typeof clientFrames>
export type ClientFrameType = keyof ClientFrames
export type ClientFrame = ClientFrames[ClientFrameType]

export type ServerFrames = Frames<typeof serverFrames>
export type ServerFrameType = keyof ServerFrames
export type ServerFrame = ServerFrames[ServerFrameType]

export type ChannelEvents = Frames<typeof channelEvents>
export type ChannelEventType = keyof ChannelEvents
export type ChannelEvent = ChannelEvents[ChannelEventType]

/** A client's frames that ask for a change of a channel's stream: sent with a `client_msg_id`. */
export type CommandFrameType =
  | 'message.send'
  | 'message.edit'
  | 'message.delete'
  | 'reaction.add'
  | 'reaction.remove'
export type CommandFrame = ClientFrames[CommandFrameType]

export type Attachment = z.infer<typeof attachment>
export type ReplyTo = z.infer<typeof replyTo>
export type Role = z.infer<typeof role>
export type ChannelKind = z.infer<typeof channelKind>
export type ChannelEntry = z.infer<typeof channelEntry>
export type ReactionSummary = z.infer<typeof reactionSummary>
export type SessionLimits = z.infer<typeof sessionLimits>
export type PresenceStatus = z.infer<typeof presenceStatus>
export type UserPresence = z.infer<typeof userPresence>
export type MemberReceipts = z.infer<typeof memberReceipts>
