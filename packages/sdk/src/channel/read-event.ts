import type { GuardedEvent } from '../connection/guard.js'
import type { Message, StreamEvent } from './items.js'
import { toCamel } from './names.js'

const KINDS: Readonly<Record<string, string>> = {
  'message.new': 'message',
  'event.hidden': 'hidden',
  unreadable: 'unknown',
}

/** Of a local echo and of the message that takes its place. */
export const messageKey = (userId: string | undefined, clientMsgId: string): string =>
  `${userId} ${clientMsgId}`

/** An event of the wire as the SDK shows it. The guard has checked its fields. */
export function readEvent(frame: GuardedEvent): StreamEvent {
  const { type, ts, epoch = 1, ...rest } = frame as GuardedEvent & { ts?: number }
  const event = { ...toCamel(rest), kind: KINDS[type] ?? type, epoch, sentAt: ts }
  if (type !== 'message.new') return event as StreamEvent
  const message = event as unknown as Omit<Message, 'text' | 'reactions' | 'rev'> & Partial<Message>
  return {
    ...message,
    key: messageKey(message.userId, message.clientMsgId),
    status: 'sent',
    text: message.text ?? '',
    reactions: message.reactions ?? [],
    deleted: message.deletedSeq !== undefined,
    rev: message.rev ?? message.channelSeq,
  }
}
