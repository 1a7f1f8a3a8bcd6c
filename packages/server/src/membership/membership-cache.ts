import type { Directory } from '../ports/directory.js'
import type { Membership, MembershipCache, MembershipChange } from '../ports/membership.js'

export interface MembershipCacheOptions {
  /** Most memberships kept. @default 100,000 */
  readonly maxEntries?: number
  /**
   * R13: whether this process is still told of every change. While it may not be, nothing kept is answered and
   * nothing is kept. @default always
   */
  readonly isTold?: () => boolean
}

interface Read {
  promise: Promise<Membership | undefined>
  /** Something changed after this read began: what it brings may be older than the change. */
  overtaken: boolean
}

const keyOf = (channelId: string, userId: string): string => `${channelId}\n${userId}`

/** What one process keeps: `invalidate` drops it here. */
export interface LocalMembershipCache extends MembershipCache {
  /** R13: called when this process was not told of changes for a while, before it trusts what it keeps again. */
  forgetAll(): void
}

/**
 * Memberships by (channel, user), read once from the directory and dropped when they change (I8, R13).
 * A read that an invalidation overtakes is made again, so a cached answer is never older than the
 * newest invalidation that has resolved.
 */
export function createMembershipCache(
  directory: Pick<Directory, 'membership' | 'membershipsOf'>,
  options: MembershipCacheOptions = {},
): LocalMembershipCache {
  const { maxEntries = 100_000, isTold = () => true } = options
  const cached = new Map<string, Membership | undefined>()
  const reads = new Map<string, Read>()
  const listeners = new Set<(change: MembershipChange) => void>()

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
        if (isTold()) remember(key, membership)
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

  /** What was read, or is being read, may be older than a change that this process was not told of. */
  function forgetAll(): void {
    cached.clear()
    for (const read of reads.values()) read.overtaken = true
    reads.clear()
  }

  const cache: LocalMembershipCache = {
    forgetAll,
    async get(channelId, userId) {
      if (!isTold()) {
        forgetAll()
        return directory.membership(channelId, userId)
      }
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
