import { type ChannelEvent, LIMITS, type ReactionSummary } from '@tidings/protocol'
import { type Effect, type EpochStart, validUpTo } from './event.js'
import { comparePositions } from './position.js'

/** What later events did to a message's row, as of the read (R9). */
export interface Content {
  /** Number of the last event folded in. */
  readonly rev: number
  /** The text of the latest edit; left out when there is none. */
  readonly edit?: { readonly text: string; readonly bySeq: number }
  /** Number of the delete; present: a tombstone, for ever. */
  readonly deletedSeq?: number
  /** By emoji, in the order in which they appeared, all or those with the highest counts; `user_ids` names the first of them only. */
  readonly reactions: readonly ReactionSummary[]
  readonly replyCount: number
}

/**
 * Whether an event of `byEpoch` with number `bySeq` counts for a reader who knows these epochs: what an
 * older epoch numbered above the start of a later one is void (R10).
 */
export function counts(epochs: readonly EpochStart[], byEpoch: number, bySeq: number): boolean {
  const bound = epochs.length === 1 ? undefined : validUpTo(epochs, byEpoch)
  return bound === undefined || bySeq <= bound
}

/**
 * Folds the effects on one message, given in any order, into its content: the later edit wins, a delete
 * wins for ever, reactions are a set per user and emoji (R5). Undefined when nothing counts.
 */
export function foldEffects(
  effects: readonly Effect[],
  epochs: readonly EpochStart[],
): Content | undefined {
  const valid = effects
    .filter((effect) => counts(epochs, effect.byEpoch, effect.bySeq))
    .sort((a, b) => comparePositions(a.position, b.position))
  const last = valid.at(-1)
  if (last === undefined) return undefined
  let edit: Content['edit']
  let deletedSeq: number | undefined
  let replyCount = 0
  const users = new Map<string, Set<string>>()
  for (const effect of valid) {
    if (effect.kind === 'edit') edit = { text: effect.text, bySeq: effect.bySeq }
    else if (effect.kind === 'delete') deletedSeq ??= effect.bySeq
    else if (effect.kind === 'reply') replyCount += 1
    else react(users, effect.emoji, effect.userId, effect.present)
  }
  return {
    rev: last.bySeq,
    ...(edit && { edit }),
    ...(deletedSeq !== undefined && { deletedSeq }),
    reactions: summarise(users),
    replyCount,
  }
}

function react(
  users: Map<string, Set<string>>,
  emoji: string,
  userId: string,
  present: boolean,
): void {
  const set = users.get(emoji) ?? new Set<string>()
  if (present) set.add(userId)
  else set.delete(userId)
  if (set.size === 0) users.delete(emoji)
  else users.set(emoji, set)
}

function summarise(users: ReadonlyMap<string, ReadonlySet<string>>): readonly ReactionSummary[] {
  return Array.from(users, ([emoji, set]) => ({
    emoji,
    count: set.size,
    user_ids: Array.from(set).slice(0, LIMITS.reactionUserIdsMax),
  }))
}

/** As many as a message may show (P-56), in the order in which they appeared. */
function mostUsed(reactions: readonly ReactionSummary[]): ReactionSummary[] {
  if (reactions.length <= LIMITS.reactionEmojiMax) return [...reactions]
  const kept = reactions.toSorted((a, b) => b.count - a.count).slice(0, LIMITS.reactionEmojiMax)
  return reactions.filter((reaction) => kept.includes(reaction))
}

/**
 * A stored event as it is served: a message with its content as of the read, an edit without its text
 * once its target is deleted (R9). Its identity is untouched (I2).
 */
export function serveEvent(
  event: ChannelEvent,
  content: Content | undefined,
  targetDeleted: boolean,
): ChannelEvent {
  if (event.type === 'message.edited' && targetDeleted) {
    const { text: _, ...bare } = event
    return bare
  }
  if (event.type !== 'message.new' || content === undefined) return event
  if (content.deletedSeq !== undefined) {
    const { text: _, attachments: __, metadata: ___, ...bare } = event
    return {
      ...bare,
      rev: content.rev,
      deleted_seq: content.deletedSeq,
      ...(content.replyCount > 0 && { reply_count: content.replyCount }),
    }
  }
  return {
    ...event,
    rev: content.rev,
    ...(content.edit && { text: content.edit.text, edited_seq: content.edit.bySeq }),
    ...(content.reactions.length > 0 && { reactions: mostUsed(content.reactions) }),
    ...(content.replyCount > 0 && { reply_count: content.replyCount }),
  }
}
