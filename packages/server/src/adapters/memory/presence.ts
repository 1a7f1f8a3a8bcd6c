import { LIMITS, type PresenceStatus } from '@tidings/protocol'
import type { ServerEnvironment } from '../../ports/environment.js'
import { type Presence, type PresenceRecord, presentest } from '../../ports/presence.js'

export interface MemoryPresenceOptions {
  /** A note that is not renewed ends after this. @default 45,000 */
  readonly ttlMs?: number
  /** Users of whom is kept when they were seen last; those seen longest ago are forgotten first (I7). @default 200,000 */
  readonly maxLastSeen?: number
}

interface Held {
  readonly status: PresenceStatus
  readonly endsAt: number
  readonly seenAt: number
}
interface Kept {
  readonly holders: Map<string, Held>
  told: PresenceStatus
}

/** Presence as this process knows it. */
export function createMemoryPresence(
  environment: Pick<ServerEnvironment, 'monotonicNow'>,
  { ttlMs = LIMITS.presenceTtlMs, maxLastSeen = 200_000 }: MemoryPresenceOptions = {},
): Presence {
  /** Users with a note, or one that ended and was not told yet. */
  const present = new Map<string, Kept>()
  const lastSeen = new Map<string, number>()

  function seen(userId: string, at: number): void {
    const latest = Math.max(at, lastSeen.get(userId) ?? 0)
    lastSeen.delete(userId)
    lastSeen.set(userId, latest)
    if (lastSeen.size <= maxLastSeen) return
    const [longest] = lastSeen.keys()
    if (longest !== undefined) lastSeen.delete(longest)
  }

  function statusOf(kept: Kept | undefined, now: number): PresenceStatus {
    let status: PresenceStatus = 'offline'
    for (const held of kept?.holders.values() ?? []) {
      if (held.endsAt > now) status = presentest(status, held.status)
    }
    return status
  }

  const record = (userId: string, status: PresenceStatus): PresenceRecord => {
    const at = lastSeen.get(userId)
    return { userId, status, ...(at !== undefined && { lastSeen: at }) }
  }

  /** Drops what has ended; answers the user if they are something else now than was told. */
  function settle(userId: string, kept: Kept, now: number): PresenceRecord | undefined {
    for (const [holder, held] of kept.holders) {
      if (held.endsAt > now) continue
      kept.holders.delete(holder)
      seen(userId, held.seenAt)
    }
    const status = statusOf(kept, now)
    if (kept.holders.size === 0) present.delete(userId)
    if (status === kept.told) return undefined
    kept.told = status
    return record(userId, status)
  }

  return {
    async note(holder, notes) {
      const now = environment.monotonicNow()
      const changes: PresenceRecord[] = []
      for (const { userId, status, seenAt } of notes) {
        const kept = present.get(userId) ?? { holders: new Map(), told: 'offline' as const }
        seen(userId, seenAt)
        if (status === 'offline') {
          kept.holders.delete(holder)
        } else {
          present.set(userId, kept)
          kept.holders.set(holder, { status, endsAt: now + ttlMs, seenAt })
        }
        const change = settle(userId, kept, now)
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
        if ([...kept.holders.values()].every((held) => held.endsAt > now)) continue
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
