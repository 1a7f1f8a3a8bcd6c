import type { Gap, LocalMessage, Message, MessageChange } from '../channel/items.js'
import { toCamel } from '../channel/names.js'
import type { OutboxItem, Settled, UnsentCommand } from '../channel/outbox-view.js'
import { messageKey } from '../channel/read-event.js'
import { fold } from './fold.js'

/** A command of this user that the stream has not shown yet; `result` once the server took it. */
export interface Echo {
  readonly item: OutboxItem
  readonly result?: Settled
}

export type TimelineItem = Message | LocalMessage | Gap

const CHANGES: Readonly<Record<string, string>> = {
  'message.edit': 'message.edited',
  'message.delete': 'message.deleted',
  'reaction.add': 'reaction.added',
  'reaction.remove': 'reaction.removed',
}

/**
 * The items with what this user did on top: messages at the end, in order of sending, changes in
 * place. A command is shown until its event is, so nothing flickers and nothing is there twice.
 */
export function withEchoes(
  items: readonly TimelineItem[],
  echoes: readonly Echo[],
  userId: string | undefined,
): readonly TimelineItem[] {
  if (echoes.length === 0) return items
  const shown = [...items]
  for (const { item, result } of echoes) {
    if (item.command.type === 'message.send') {
      const key = messageKey(userId, item.clientMsgId)
      if (shown.some((other) => other.key === key)) continue
      const local = localMessage(item, userId)
      shown.push(result ? sentMessage(local, result) : local)
    } else if (item.state === 'pending') {
      showChange(shown, item.command, userId)
    }
  }
  return shown
}

/** The local echo of a send. */
export function localMessage(
  { clientMsgId, channelId, command, state, createdAt, error }: OutboxItem,
  userId: string | undefined,
): LocalMessage {
  const { replyTo, attachments, metadata, text } = toCamel(
    command as UnsentCommand & { type: 'message.send' },
  )
  return {
    kind: 'message',
    key: messageKey(userId, clientMsgId),
    status: state === 'parked' ? 'failed' : 'pending',
    channelId,
    clientMsgId,
    userId,
    sentAt: createdAt,
    text,
    replyTo,
    attachments,
    metadata,
    reactions: [],
    deleted: false,
    error,
  }
}

/** Acknowledged, and its event not here yet. */
function sentMessage(local: LocalMessage, { channelSeq = 0, ...result }: Settled): Message {
  const { error, status, userId = '', ...content } = local
  const { epoch, messageId, sentAt } = result
  return {
    ...content,
    status: 'sent',
    userId,
    epoch,
    channelSeq,
    messageId,
    sentAt,
    rev: channelSeq,
  }
}

function showChange(
  shown: TimelineItem[],
  command: UnsentCommand,
  userId: string | undefined,
): void {
  const { type, ...rest } = toCamel(command)
  const { targetMessageId } = rest as { targetMessageId?: string }
  const at = shown.findLastIndex(
    (item) => item.kind === 'message' && item.messageId === targetMessageId,
  )
  const message = shown[at]
  if (message?.kind !== 'message' || message.status !== 'sent') return
  // Above every number: nobody knows yet which one it gets.
  const change = { ...rest, kind: CHANGES[type], channelSeq: Number.POSITIVE_INFINITY, userId }
  const { rev, editedSeq, deletedSeq } = message
  const changed = fold(message, change as unknown as MessageChange)
  if (changed !== message) shown[at] = { ...changed, rev, editedSeq, deletedSeq, changing: true }
}
