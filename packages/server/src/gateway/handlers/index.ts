import type { ClientFrames, ClientFrameType } from '@tidings/protocol'
import type { Connection } from '../connection.js'
import type { Core } from '../core.js'
import { authRefresh } from './auth-refresh.js'
import { backfillRequest } from './backfill-request.js'
import { channelsList } from './channels-list.js'
import { helloAgain } from './hello-again.js'
import { messageDelete } from './message-delete.js'
import { messageEdit } from './message-edit.js'
import { messageSend } from './message-send.js'
import { ping } from './ping.js'
import { presenceSet } from './presence-set.js'
import { presenceSubscribe } from './presence-subscribe.js'
import { presenceUnsubscribe } from './presence-unsubscribe.js'
import { reactionAdd } from './reaction-add.js'
import { reactionRemove } from './reaction-remove.js'
import { receiptDelivered, receiptRead } from './receipt.js'
import { receiptsRequest } from './receipts-request.js'
import { typing } from './typing.js'

/** Answers one envelope of a live connection. A rejection is answered `unavailable`. */
export type Handler<T extends ClientFrameType> = (
  core: Core,
  connection: Connection,
  frame: ClientFrames[T],
) => void | Promise<void>

/** Who answers what: one file per frame. */
export const handlers: { readonly [T in ClientFrameType]: Handler<T> } = {
  hello: helloAgain,
  'channels.list': channelsList,
  'message.send': messageSend,
  'message.edit': messageEdit,
  'message.delete': messageDelete,
  'reaction.add': reactionAdd,
  'reaction.remove': reactionRemove,
  'backfill.request': backfillRequest,
  'auth.refresh': authRefresh,
  ping,
  'receipt.read': receiptRead,
  'receipt.delivered': receiptDelivered,
  'receipts.request': receiptsRequest,
  typing,
  'presence.set': presenceSet,
  'presence.subscribe': presenceSubscribe,
  'presence.unsubscribe': presenceUnsubscribe,
}
