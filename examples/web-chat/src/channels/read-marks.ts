import type { ChannelInfo } from '@tidings/sdk'
import { browser } from '../session/kept.ts'

/** Up to where a user has read a channel, in this browser. */
export interface ReadMark {
  readonly seq: number
  /** How many messages that were. */
  readonly count: number
  /** The numbering that `seq` is of. */
  readonly epoch?: number
}

export type ReadMarks = Readonly<Record<string, ReadMark>>

export interface ReadMarkStore {
  getSnapshot(): ReadMarks
  subscribe(listener: () => void): () => void
  /** Marks a channel as read up to here; a mark never goes back. */
  read(channelId: string, mark: ReadMark): void
}

const none: ReadMarks = {}

/** Kept for all tabs of the browser: what is read in one is read in the others. */
export function createReadMarks(userId: string): ReadMarkStore {
  const key = `read:${userId}`
  const listeners = new Set<() => void>()
  let marks = browser.get<ReadMarks>(key) ?? none
  const look = ({ key: changed }: StorageEvent): void => {
    if (changed !== null && !changed.endsWith(key)) return
    marks = browser.get<ReadMarks>(key) ?? none
    for (const listener of listeners) listener()
  }
  return {
    getSnapshot: () => marks,
    subscribe(listener) {
      if (listeners.size === 0) addEventListener('storage', look)
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) removeEventListener('storage', look)
      }
    },
    read(channelId, mark) {
      const before = marks[channelId]
      if (before && before.seq >= mark.seq) return
      marks = { ...marks, [channelId]: mark }
      browser.set(key, marks)
      for (const listener of listeners) listener()
    },
  }
}

/** What is unread of a channel: by the server's account, less what was read in this browser. */
export const unreadOf = (
  channel: Pick<ChannelInfo, 'id' | 'messageCount' | 'unreadCount'>,
  marks: ReadMarks,
): number =>
  Math.max(0, Math.min(channel.unreadCount, channel.messageCount - (marks[channel.id]?.count ?? 0)))
