import type { Message, MessageChange, StreamEvent } from '../channel/items.js'
import { fold, targetOf } from './fold.js'

/** Most changes kept (I7). */
export const CHANGES_MAX = 256

/** The changes that a channel has seen last, for messages that are loaded later (R14). */
export interface Changes {
  readonly kept: readonly MessageChange[]
  /** The highest number that was dropped: a page must be at least as new. */
  readonly droppedSeq: number
}

export const noChanges: Changes = { kept: [], droppedSeq: 0 }

/** Remembers an event that changes a message, whether that one is held or not. */
export function withChange(changes: Changes, event: StreamEvent): Changes {
  if (targetOf(event) === undefined) return changes
  const kept = [...changes.kept, event as MessageChange]
  const dropped = kept.length > CHANGES_MAX ? kept.shift() : undefined
  return { kept, droppedSeq: dropped?.channelSeq ?? changes.droppedSeq }
}

/** After a gap: what changed inside it was never seen, so no page from before it is new enough. */
export const changesAfter = (toSeq: number): Changes => ({ kept: [], droppedSeq: toSeq })

/** A message of a page, with what was seen of it above the page. */
export const withChanges = ({ kept }: Changes, message: Message): Message =>
  kept.reduce(fold, message)
