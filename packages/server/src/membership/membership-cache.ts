import type { Directory } from '../ports/directory.js'
import type { Membership, MembershipCache } from '../ports/membership.js'

export interface MembershipCacheOptions {
  /** Most memberships kept. @default 100,000 */
  readonly maxEntries?: number
}

type Change = { channelId: string; userId: string; version: number }
interface Read {
  promise: Promise<Membership | undefined>
  /** Something changed after this read began: what it brings may be older than the change. */
  overtaken: boolean
}

const keyOf = (channelId: string, userId: string): string => `${channelId}\n${userId}`

/**
 * Memberships by (channel, user), read once from the directory and dropped when they change (I8, R13).
 * A read that an invalidation overtakes is made again, so a cached answer is never older than the
 * newest invalidation that has resolved.
 */
export function createMembershipCache(
  directory: Pick<Directory, 'membership' | 'membershipsOf'>,
  options: MembershipCacheOptions = {},
): MembershipCache {
  const maxEntries = options.maxEntries ?? 100_000
  const cached = new Map<string, Membership | undefined>()
  const reads = new Map<string, Read>()
  const listeners = new Set<(change: Change) => void>()

  function remember(key: string, membership: Membership | undefined): void {
    if (cached.size >= maxEntries) {
      const oldest = cached.keys().next().value
      if (oldest !== undefined) cached.delete(oldest)
    }
    cached.set(key, membership)
  }

  function read(channelId: string, userId: string, key: string): Promise<Membership | undefined> {
    const current: Read = { promise: Promise.resolve(undefined), overtaken: false }
    current.promise = directory.membership(channelId, userId).then(
      (membership) => {
        if (reads.get(key) === current) reads.delete(key)
        if (current.overtaken) return cache.get(channelId, userId)
        remember(key, membership)
        return membership
      },
      (error: unknown) => {
        if (reads.get(key) === current) reads.delete(key)
        throw error
      },
    )
    reads.set(key, current)
    return current.promise
  }

  const cache: MembershipCache = {
    async get(channelId, userId) {
      const key = keyOf(channelId, userId)
      if (cached.has(key)) return cached.get(key)
      const running = reads.get(key)
      return running !== undefined ? running.promise : read(channelId, userId, key)
    },
    fresh: (userId) => directory.membershipsOf(userId),
    async invalidate(changes) {
      for (const change of changes) {
        const key = keyOf(change.channelId, change.userId)
        cached.delete(key)
        const running = reads.get(key)
        if (running !== undefined) {
          running.overtaken = true
          reads.delete(key)
        }
      }
      for (const change of changes) for (const listener of listeners) listener(change)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
  return cache
}
