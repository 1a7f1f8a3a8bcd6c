import type { Message, MessageChange, Reaction } from '../channel/items.js'

/** The id of the message that an event changes; undefined if it changes none. */
export const targetOf = (event: { readonly kind: string }): string | undefined => {
  const { targetMessageId, replyTo } = event as {
    targetMessageId?: string
    replyTo?: { messageId?: string }
  }
  return targetMessageId ?? replyTo?.messageId
}

/**
 * The message with one more event folded in, or itself where that changes nothing: an event at or
 * below `rev` is in it already (R14), an edit loses to a delete (R5).
 */
export function fold(message: Message, change: MessageChange): Message {
  const { channelSeq: rev } = change
  if (rev <= message.rev || message.deleted || targetOf(change) !== message.messageId) {
    return message
  }
  switch (change.kind) {
    case 'message.edited':
      // An edit whose target was deleted since has no text: the delete follows.
      return { ...message, rev, editedSeq: rev, text: change.text ?? message.text }
    case 'message.deleted': {
      const { text, attachments, metadata, ...rest } = message
      return { ...rest, rev, deletedSeq: rev, deleted: true, text: '', reactions: [] }
    }
    case 'message':
      return { ...message, rev, replyCount: (message.replyCount ?? 0) + 1 }
    default:
      return { ...message, rev, reactions: withReaction(message.reactions, change) }
  }
}

function withReaction(
  reactions: readonly Reaction[],
  { kind, emoji, userId }: MessageChange & { kind: 'reaction.added' | 'reaction.removed' },
): readonly Reaction[] {
  const before = reactions.find((reaction) => reaction.emoji === emoji)
  const { count = 0, userIds = [] } = before ?? {}
  if (kind === 'reaction.added') {
    if (userIds.includes(userId)) return reactions
    const after = { emoji, count: count + 1, userIds: [...userIds, userId] }
    return before ? reactions.map((r) => (r === before ? after : r)) : [...reactions, after]
  }
  if (count < 2) return reactions.filter((r) => r !== before)
  const after = { emoji, count: count - 1, userIds: userIds.filter((id) => id !== userId) }
  return reactions.map((r) => (r === before ? after : r))
}
