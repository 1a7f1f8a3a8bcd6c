import type { PresenceStatus } from '@tidings/protocol'

/** How one holder (a process, or a device that asks over HTTP) sees a user now. */
export interface PresenceNote {
  readonly userId: string
  readonly status: PresenceStatus
  /** Unix milliseconds: when there was a sign of them last. */
  readonly seenAt: number
}

/** A user over all holders. */
export interface PresenceRecord {
  readonly userId: string
  readonly status: PresenceStatus
  /** Unix milliseconds; left out: never, as far as is known. */
  readonly lastSeen?: number
}

/**
 * Who is there, over all processes and devices. A note is renewed, or ends after the life that the adapter was
 * made with; what is lost with the engine comes back with the next renewals.
 *
 * An adapter
 * - MUST answer online while any holder says so, else away while any does, else offline;
 * - MUST let a note end that is not renewed in time, also in what it reads;
 * - MUST tell each change of that answer once, to one caller: who noted what made it, or who asked `expired` first;
 *   also who is there again after an end that nobody was told of, because it may have been read;
 * - MUST, of a user of whom it has lost everything, tell the end after a withdrawal once the life of a note is over,
 *   unless another holder has renewed theirs by then;
 * - MUST keep when a user was seen last, beyond their last note, and MUST NOT let it go back;
 * - MUST read any number of users in one round trip, in the order asked;
 * - MUST bound what it keeps (I7). Calls may reject when the engine is away.
 */
export interface Presence {
  /** Notes or renews; offline withdraws this holder's note. Resolves to the users whose answer is another one now. */
  note(holder: string, notes: readonly PresenceNote[]): Promise<readonly PresenceRecord[]>
  /** Ends what was not renewed, at most so many users at a time; resolves to those whose answer is another one now. */
  expired(limit: number): Promise<readonly PresenceRecord[]>
  read(userIds: readonly string[]): Promise<readonly PresenceRecord[]>
}

const RANK: Readonly<Record<PresenceStatus, number>> = { offline: 0, away: 1, online: 2 }

/** The one of two that counts. */
export const presentest = (a: PresenceStatus, b: PresenceStatus): PresenceStatus =>
  RANK[a] >= RANK[b] ? a : b
