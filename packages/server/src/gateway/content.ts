import { type ChannelEvent, type ChannelEvents, LIMITS } from '@tidings/protocol'

type Message = ChannelEvents['message.new']
type Reactions = NonNullable<Message['reactions']>

/**
 * Folds one later event of the stream into a served message (R9). What the message has folded in already, by
 * its `rev`, is not folded again. Undefined: what is served names too little to tell, so the store must.
 */
export function foldContent(message: Message, event: ChannelEvent): Message | undefined {
  if (event.type === 'event.hidden' || event.channel_seq <= (message.rev ?? message.channel_seq)) {
    return message
  }
  const rev = event.channel_seq
  switch (event.type) {
    case 'message.edited':
      if (message.deleted_seq !== undefined || event.text === undefined) return message
      return { ...message, text: event.text, edited_seq: rev, rev }
    case 'message.deleted':
      return tombstone(message, rev)
    case 'reaction.added':
    case 'reaction.removed': {
      if (message.deleted_seq !== undefined) return message
      const reactions = react(message.reactions ?? [], event)
      if (reactions === undefined) return undefined
      const { reactions: _, ...bare } = message
      return { ...bare, ...(reactions.length > 0 && { reactions }), rev }
    }
    case 'message.new':
      return { ...message, reply_count: (message.reply_count ?? 0) + 1, rev }
    default:
      return message
  }
}

function tombstone(message: Message, rev: number): Message {
  const {
    text: _,
    attachments: __,
    metadata: ___,
    reactions: ____,
    edited_seq: _____,
    ...bare
  } = message
  return { ...bare, rev, deleted_seq: message.deleted_seq ?? rev }
}

/** The stream holds only real changes, so counts are exact; which users are named beyond the bound is not known here. */
function react(
  reactions: Reactions,
  event: ChannelEvents['reaction.added' | 'reaction.removed'],
): Reactions | undefined {
  const { emoji, user_id } = event
  const known = reactions.find((reaction) => reaction.emoji === emoji)
  if (event.type === 'reaction.added') {
    if (known === undefined) {
      if (reactions.length >= LIMITS.reactionEmojiMax) return undefined
      return [...reactions, { emoji, count: 1, user_ids: [user_id] }]
    }
    const named = known.user_ids.length < LIMITS.reactionUserIdsMax
    const user_ids = named ? [...known.user_ids, user_id] : known.user_ids
    return replace(reactions, { ...known, count: known.count + 1, user_ids })
  }
  if (known === undefined || known.count > known.user_ids.length) return undefined
  if (reactions.length >= LIMITS.reactionEmojiMax) return undefined
  const user_ids = known.user_ids.filter((id) => id !== user_id)
  if (user_ids.length === 0) return reactions.filter((reaction) => reaction !== known)
  return replace(reactions, { ...known, count: user_ids.length, user_ids })
}

const replace = (reactions: Reactions, changed: Reactions[number]): Reactions =>
  reactions.map((reaction) => (reaction.emoji === changed.emoji ? changed : reaction))
