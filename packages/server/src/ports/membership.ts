import type { Role } from '@tidings/protocol'

/** One user's membership of one channel, as the directory says it. */
export interface Membership {
  readonly channelId: string
  readonly userId: string
  readonly workspaceId: string
  readonly role: Role
  /** Rises with every change of this membership, also across leaving and joining again. */
  readonly version: number
  /** Events below are not this user's; left out: all are. */
  readonly visibleFromSeq?: number
}

/** A membership that is another one now; whoever kept it reads it again. */
export interface MembershipChange {
  readonly channelId: string
  readonly userId: string
  readonly version: number
}

/**
 * Memberships as the hot path sees them: cached, versioned, never older than a confirmed removal (I8, R13).
 *
 * An adapter
 * - MUST NOT go back to a lower version once a higher one was seen;
 * - MUST answer from the directory, uncached, for `fresh`;
 * - MUST have dropped what it cached when `invalidate` resolves, in every process.
 */
export interface MembershipCache {
  get(channelId: string, userId: string): Promise<Membership | undefined>
  /** All channels of a user, read from the directory, uncached (R13: after the session is registered). */
  fresh(userId: string): Promise<readonly Membership[]>
  invalidate(changes: readonly MembershipChange[]): Promise<void>
  /** Tells of every invalidation, in this process. */
  onChange(listener: (change: MembershipChange) => void): () => void
}
