import type { Row } from './history.js'

/** An event as it lies in the store's table, whichever engine it is. */
export function rowOf(stored: Readonly<Record<string, unknown>>): Row {
  const event = JSON.parse(String(stored.event)) as Record<string, unknown>
  return {
    channel: String(stored.channel_id),
    epoch: Number(stored.epoch),
    seq: Number(stored.channel_seq),
    userId: String(event.user_id),
    clientMsgId: String(event.client_msg_id),
    messageId: String(event.message_id),
    text: String(event.text),
    ...(event.type !== 'message.new' && { other: true }),
  }
}
