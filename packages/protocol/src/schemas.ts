/** Run-time schemas, one per frame: what a server validates with, and where the types come from. */
import * as backfill from './frames/backfill.js'
import * as channels from './frames/channels.js'
import * as ephemeral from './frames/ephemeral.js'
import * as events from './frames/events.js'
import * as messages from './frames/messages.js'
import * as session from './frames/session.js'

/** Every frame a client may send, by its type. */
export const clientFrames = {
  hello: session.hello,
  'channels.list': channels.channelsList,
  'message.send': messages.messageSend,
  'message.edit': messages.messageEdit,
  'message.delete': messages.messageDelete,
  'reaction.add': messages.reactionAdd,
  'reaction.remove': messages.reactionRemove,
  'backfill.request': backfill.backfillRequest,
  'receipt.read': ephemeral.receiptRead,
  'receipt.delivered': ephemeral.receiptDelivered,
  'receipts.request': ephemeral.receiptsRequest,
  typing: ephemeral.typing,
  'presence.set': ephemeral.presenceSet,
  'presence.subscribe': ephemeral.presenceSubscribe,
  'presence.unsubscribe': ephemeral.presenceUnsubscribe,
  'auth.refresh': session.authRefresh,
  ping: session.ping,
} as const

/** Every event of a channel's stream, by its type. */
export const channelEvents = {
  'message.new': events.messageNew,
  'message.edited': events.messageEdited,
  'message.deleted': events.messageDeleted,
  'reaction.added': events.reactionAdded,
  'reaction.removed': events.reactionRemoved,
  'member.joined': events.memberJoined,
  'member.left': events.memberLeft,
  'channel.updated': events.channelUpdated,
  'event.hidden': events.eventHidden,
} as const

/** Every frame a server may send, by its type. */
export const serverFrames = {
  hello_ack: session.helloAck,
  'channels.page': channels.channelsPage,
  'channel.added': channels.channelAdded,
  'channel.changed': channels.channelChanged,
  'channel.removed': channels.channelRemoved,
  ...channelEvents,
  'message.ack': messages.messageAck,
  'message.backfill': backfill.messageBackfill,
  'channel.head': channels.channelHead,
  'channel.reset': channels.channelReset,
  'presence.snapshot': ephemeral.presenceSnapshot,
  'presence.update': ephemeral.presenceUpdate,
  'receipt.update': ephemeral.receiptUpdate,
  'receipts.page': ephemeral.receiptsPage,
  'typing.update': ephemeral.typingUpdate,
  'auth.refreshed': session.authRefreshed,
  error: session.errorFrame,
  goaway: session.goaway,
  pong: session.pong,
} as const

export { type Explanation, explain } from './explain.js'
export * as rest from './rest/index.js'
export { type Echo, parseClientFrame, parseServerFrame, type Validated } from './validate.js'
