import { type Role, SERVER_ID_PREFIX } from '@tidings/protocol'
import { mayChangeRole, type Standing } from '../permissions/permissions.js'
import { DirectoryError, type Leaving, type OutboxEntry } from '../ports/directory.js'
import type { Membership } from '../ports/membership.js'

/** Whose doing a change is that nobody but the embedding platform asked for; no user can have this id. */
export const PLATFORM_USER_ID = `${SERVER_ID_PREFIX}server`

/** What a directory keeps of a user and a channel, also when the user is not a member any more. */
export interface MemberRow {
  /** Undefined: not a member now. */
  readonly role: Role | undefined
  /** Only rises (R13). */
  readonly version: number
  readonly visibleFromSeq: number | undefined
  readonly banned: boolean
  /** How the last membership ended; undefined: it has not, or there never was one. */
  readonly ended: Leaving | undefined
}

export type EntryDraft = Pick<OutboxEntry, 'userId' | 'payload'>

export interface MemberDecision {
  readonly row: MemberRow
  /** How it will appear in the stream (R15); left out: it will not. */
  readonly entry?: EntryDraft
}

interface Actor {
  readonly userId: string
  readonly by?: string
}

/** In which an event names who did it only where that was another. */
const byAnother = ({ userId, by }: Actor) =>
  by === undefined || by === userId ? {} : { byUserId: by }

/** What a change of a membership asks for, wherever it is. */
export interface MemberChange extends Actor {
  readonly role?: Role
  readonly visibleFromSeq?: number
  readonly selfJoin?: boolean
}

/** Whoever makes a change, in the channel: how far they reach is decided with it (I8). */
export interface Author {
  readonly standing: Standing
  readonly visibleFromSeq?: number | undefined
}

/** Reaches everybody. Making a channel, letting oneself in and leaving need no user’s standing either. */
export const PLATFORM: Author = { standing: 'server' }

/** A user, by what the directory keeps of them in that channel. */
export const authorIn = (row: MemberRow | undefined): Author => ({
  standing: row?.role ?? 'stranger',
  visibleFromSeq: row?.visibleFromSeq,
})

/** What else a decision depends on, as the change's own transaction has read it. */
export interface Surroundings {
  readonly author: Author
  readonly otherOwners: number
  readonly inWorkspace: boolean
}

/**
 * Joining, or another role or beginning of history; undefined when nothing changes. What a member may see
 * of the past stays as it was, over leaving and joining too, unless it is given; nobody gives, or lets in to,
 * what they may not see themselves.
 */
export function decideSet(
  current: MemberRow | undefined,
  change: MemberChange,
  { author, otherOwners, inWorkspace }: Surroundings,
): MemberDecision | undefined {
  const { userId, by, selfJoin = false } = change
  const role = change.role ?? current?.role ?? 'member'
  keepRanks(author.standing, current?.role, role)
  const own = author.visibleFromSeq
  if (own !== undefined && change.visibleFromSeq !== undefined && change.visibleFromSeq < own) {
    throw new DirectoryError('forbidden', 'You may not give a history that you do not have.')
  }
  const asked = change.visibleFromSeq ?? current?.visibleFromSeq
  const visibleFromSeq = current?.role === undefined ? later(asked, own) : asked
  const row = {
    role,
    version: (current?.version ?? 0) + 1,
    visibleFromSeq,
    banned: false,
    ended: undefined,
  }
  if (current?.role === undefined) {
    if (!inWorkspace) throw notInWorkspace()
    if (selfJoin && current?.banned) {
      throw new DirectoryError('forbidden', 'You were banned from this channel.')
    }
    const payload = { kind: 'member.join', role, ...byAnother(change) } as const
    return { row, entry: { userId, payload } }
  }
  // somebody has let them in meanwhile, as what they thought right
  if (selfJoin) return undefined
  if (current.role === role && current.visibleFromSeq === visibleFromSeq) return undefined
  if (current.role === 'owner' && role !== 'owner') keepAnOwner(otherOwners)
  const payload = { kind: 'channel.update', member: { user_id: userId, role } } as const
  return { row, entry: { userId: by ?? PLATFORM_USER_ID, payload } }
}

const later = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.max(one, other)

/**
 * Leaving or being removed; undefined when nothing changes, because the membership has ended before. A ban stands also
 * for somebody who is not a member.
 */
export function decideRemove(
  current: MemberRow | undefined,
  change: Actor & { readonly reason: Leaving },
  { author, otherOwners }: Pick<Surroundings, 'author' | 'otherOwners'>,
): MemberDecision | undefined {
  const { userId, reason } = change
  keepRanks(author.standing, current?.role, undefined)
  const row = {
    role: undefined,
    version: (current?.version ?? 0) + 1,
    visibleFromSeq: current?.visibleFromSeq,
    banned: reason === 'banned' || (current?.banned ?? false),
    // who was never let in learns nothing of the channel by being kept out
    ended: current?.role === undefined && current?.ended === undefined ? undefined : reason,
  }
  if (current?.role === undefined) {
    if (reason === 'banned') return { row }
    if (current?.ended !== undefined) return undefined
    throw new DirectoryError('not_found', 'That user is not in the channel.')
  }
  if (current.role === 'owner' && reason === 'left') keepAnOwner(otherOwners)
  const payload = { kind: 'member.leave', reason, ...byAnother(change) } as const
  return { row, entry: { userId, payload } }
}

/** Refuses what reaches above whoever does it: in a channel, or in a workspace; `next` left out: a removal. */
export function keepRanks(by: Standing, current: Role | undefined, next: Role | undefined): void {
  if (mayChangeRole(by, current, next)) return
  const removal = 'You may not remove somebody above you.'
  const change = 'This role is above what you may give or change.'
  throw new DirectoryError('forbidden', next === undefined ? removal : change)
}

function keepAnOwner(otherOwners: number): void {
  if (otherOwners > 0) return
  throw new DirectoryError('conflict', 'A channel keeps at least one owner: name another first.')
}

export const renameEntry = (name: string, by: string | undefined): EntryDraft => ({
  userId: by ?? PLATFORM_USER_ID,
  payload: { kind: 'channel.update', name },
})

/** The two users of a direct channel, in the order in which they are kept. */
export function sortedPair([one, other]: readonly [string, string]): readonly [string, string] {
  if (one === other) {
    throw new DirectoryError('conflict', 'A direct channel is between two different users.')
  }
  return one < other ? [one, other] : [other, one]
}

export const membershipOf = (
  row: Pick<MemberRow, 'role' | 'version' | 'visibleFromSeq'>,
  ids: { readonly channelId: string; readonly userId: string; readonly workspaceId: string },
): Membership | undefined =>
  row.role === undefined
    ? undefined
    : {
        ...ids,
        role: row.role,
        version: row.version,
        ...(row.visibleFromSeq !== undefined && { visibleFromSeq: row.visibleFromSeq }),
      }

export const noChannel = (): DirectoryError =>
  new DirectoryError('not_found', 'There is no such channel.')
export const noWorkspace = (): DirectoryError =>
  new DirectoryError('not_found', 'There is no such workspace.')
export const notInWorkspace = (): DirectoryError =>
  new DirectoryError('not_found', 'That user is not in the workspace.')
export const otherChannel = (): DirectoryError =>
  new DirectoryError('conflict', 'This channel id is taken by a channel of another kind or place.')
