import type { Answer, ChannelPush } from '../ports/push.js'

/** What the sequencer lets go of once it is durable (R7). */
export interface Announcement {
  readonly partition: number
  readonly channels: readonly ChannelPush[]
  readonly answers: readonly Answer[]
}

/**
 * Where announcements go: fan-out, answers, hooks. Called in order per partition; a batch that is folded again
 * is announced again (R2).
 */
export interface Announcer {
  /** Returns at once and MUST NOT throw; nothing in it waits for anything else (R7). */
  announce(announcement: Announcement): void
}
