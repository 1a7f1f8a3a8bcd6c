import { LIMITS, type PresenceStatus } from '@tidings/protocol'
import type { ServerEnvironment } from '../../ports/environment.js'
import { type Presence, type PresenceRecord, presentest } from '../../ports/presence.js'

export interface MemoryPresenceOptions {
  /** A note that is not renewed ends after this. @default 45,000 */
  readonly ttlMs?: number
  /** Users of whom is kept when they were seen last; those seen longest ago are forgotten first (I7). @default 200,000 */
  readonly maxLastSeen?: number
}

interface Note {
  readonly holder: string
  readonly status: PresenceStatus
  readonly endsAt: number
}
interface Kept {
  /** Of each holder one. */
  notes: readonly Note[]
  told: PresenceStatus
  seenAt: number
}

/** Presence as this process knows it. */
export function createMemoryPresence(
  environment: Pick<ServerEnvironment, 'monotonicNow'>,
  { ttlMs = LIMITS.presenceTtlMs, maxLastSeen = 200_000 }: MemoryPresenceOptions = {},
): Presence {
  /** Users with a note, or one that ended and was not told yet. */
  const present = new Map<string, Kept>()
  /** The others. */
  const lastSeen = new Map<string, number>()

  function come(userId: string): Kept {
    const kept: Kept = { notes: [], told: 'offline', seenAt: lastSeen.get(userId) ?? 0 }
    lastSeen.delete(userId)
    present.set(userId, kept)
    return kept
  }

  function go(userId: string, seenAt: number): void {
    present.delete(userId)
    lastSeen.set(userId, seenAt)
    if (lastSeen.size <= maxLastSeen) return
    const [longest] = lastSeen.keys()
    if (longest !== undefined) lastSeen.delete(longest)
  }

  function statusOf(kept: Kept | undefined, now: number): PresenceStatus {
    let status: PresenceStatus = 'offline'
    for (const note of kept?.notes ?? []) {
      if (note.endsAt > now) status = presentest(status, note.status)
    }
    return status
  }

  const record = (userId: string, status: PresenceStatus): PresenceRecord => {
    const at = present.get(userId)?.seenAt ?? lastSeen.get(userId)
    return { userId, status, ...(at !== undefined && { lastSeen: at }) }
  }

  /** Drops what has ended; answers the user if they are something else now than was told, or read a moment before. */
  function settle(
    userId: string,
    kept: Kept,
    now: number,
    before = kept.told,
  ): PresenceRecord | undefined {
    if (kept.notes.some(({ endsAt }) => endsAt <= now)) {
      kept.notes = kept.notes.filter(({ endsAt }) => endsAt > now)
    }
    const status = statusOf(kept, now)
    if (kept.notes.length === 0) go(userId, kept.seenAt)
    if (status === kept.told && status === before) return undefined
    kept.told = status
    return record(userId, status)
  }

  return {
    async note(holder, notes) {
      const now = environment.monotonicNow()
      const changes: PresenceRecord[] = []
      for (const { userId, status, seenAt } of notes) {
        const kept = present.get(userId) ?? come(userId)
        const before = statusOf(kept, now)
        kept.seenAt = Math.max(kept.seenAt, seenAt)
        const others = kept.notes.filter((note) => note.holder !== holder)
        kept.notes =
          // its own first: what is spread into an array before that leaves room in it for sixteen more
          status === 'offline' ? others : [{ holder, status, endsAt: now + ttlMs }, ...others]
        const change = settle(userId, kept, now, before)
        if (change !== undefined) changes.push(change)
      }
      return changes
    },
    async expired(limit) {
      const now = environment.monotonicNow()
      const changes: PresenceRecord[] = []
      let ended = 0
      for (const [userId, kept] of present) {
        if (ended === limit) break
        if (kept.notes.every(({ endsAt }) => endsAt > now)) continue
        ended++
        const change = settle(userId, kept, now)
        if (change !== undefined) changes.push(change)
      }
      return changes
    },
    async read(userIds) {
      const now = environment.monotonicNow()
      return userIds.map((userId) => record(userId, statusOf(present.get(userId), now)))
    },
  }
}
