import type { ChannelEvents } from '@tidings/protocol'
import type { Row, StoredChannel } from './stored.js'

/** A message as it must be shown, told in words that can be compared. */
export interface Content {
  readonly text: string
  readonly isDeleted: boolean
  /** `emoji×count by users`, sorted. */
  readonly reactions: string
  readonly replies: number
  /** The last event that changed it, or its own number. */
  readonly rev: number
}

const reactionsText = (users: ReadonlyMap<string, ReadonlySet<string>>): string =>
  [...users]
    .filter(([, set]) => set.size > 0)
    .map(([emoji, set]) => `${emoji}×${set.size} by ${[...set].sort().join(',')}`)
    .sort()
    .join('; ')

/** What the stream makes of a message up to a number: later edits win, a delete wins for ever. */
export function contentAt(
  channel: StoredChannel,
  row: Row,
  upTo: number,
  epoch: number = channel.epoch,
): Content {
  const message = row.event as ChannelEvents['message.new']
  let text = message.text ?? ''
  let isDeleted = false
  let replies = 0
  let rev = row.seq
  const users = new Map<string, Set<string>>()
  for (const { seq, event } of channel.effectsOn(row.seq, upTo, epoch)) {
    rev = seq
    if (event.type === 'message.edited') text = event.text ?? text
    if (event.type === 'message.deleted') isDeleted = true
    if (event.type === 'message.new') replies += 1
    if (event.type === 'reaction.added' || event.type === 'reaction.removed') {
      const set = users.get(event.emoji) ?? new Set<string>()
      users.set(event.emoji, set)
      if (event.type === 'reaction.added') set.add(event.user_id)
      else set.delete(event.user_id)
    }
  }
  return {
    text: isDeleted ? '' : text,
    isDeleted,
    reactions: isDeleted ? '' : reactionsText(users),
    replies,
    rev,
  }
}

/** What a message on the wire shows. */
export function contentOfWire(message: ChannelEvents['message.new']): Content {
  return {
    text: message.text ?? '',
    isDeleted: message.deleted_seq !== undefined,
    reactions: (message.reactions ?? [])
      .map(({ emoji, count, user_ids }) => `${emoji}×${count} by ${[...user_ids].sort().join(',')}`)
      .sort()
      .join('; '),
    replies: message.reply_count ?? 0,
    rev: message.rev ?? message.channel_seq,
  }
}

/** What differs, or undefined. */
export function difference(is: Content, must: Content): string | undefined {
  if (is.isDeleted !== must.isDeleted) {
    return must.isDeleted ? 'a deleted message is shown' : 'a message is shown as deleted'
  }
  if (is.text !== must.text) return `its text is ${show(is.text)}, not ${show(must.text)}`
  if (is.reactions !== must.reactions) {
    return `its reactions are ${show(is.reactions)}, not ${show(must.reactions)}`
  }
  if (is.replies !== must.replies) return `it has ${is.replies} replies, not ${must.replies}`
  return undefined
}

const show = (text: string): string => JSON.stringify(text.slice(0, 60))
