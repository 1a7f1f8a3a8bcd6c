import type { ChannelKind, Role } from '@tidings/protocol'
import type { CommandPayload } from '../stream/command.js'
import type { Membership } from './membership.js'

export interface UserRecord {
  readonly userId: string
  readonly name: string
  readonly createdAt: number
}
export interface WorkspaceRecord {
  readonly workspaceId: string
  readonly name: string
  readonly createdAt: number
}
export interface ChannelRecord {
  readonly channelId: string
  readonly workspaceId: string
  readonly kind: ChannelKind
  readonly name: string
  readonly createdAt: number
  readonly memberCount: number
  /** The two users of a direct channel, sorted; empty otherwise. */
  readonly userIds: readonly string[]
}
export interface WorkspaceMember {
  readonly workspaceId: string
  readonly userId: string
  readonly role: Role
}

/** How a membership ended. */
export type Leaving = 'left' | 'kicked' | 'banned'

/** A channel that a user was once a member of and is no more. */
export interface FormerMembership {
  readonly channelId: string
  readonly reason: Leaving
}

/** A change of the directory that must appear in a channel's stream (R15). */
export interface OutboxEntry {
  /** Ascending: first in, first out per channel. Never given again by a database that was not restored. */
  readonly entryId: number
  readonly channelId: string
  /** Whose event it is. */
  readonly userId: string
  readonly payload: Extract<
    CommandPayload,
    { kind: 'member.join' | 'member.leave' | 'channel.update' }
  >
  readonly createdAt: number
  /** Tells it from an entry that got this number before the database was restored to an older state. */
  readonly nonce?: string
}

export interface Cursor {
  readonly after?: string
  readonly limit: number
}

/**
 * Users, workspaces, channels, members, roles.
 *
 * An adapter
 * - MUST make each call atomic and durable when it resolves;
 * - MUST, in the same transaction as a join, leave, role change or rename, lock the channel's membership,
 *   raise the member's version, and then insert the outbox entry (R15);
 * - MUST refuse, in the same transaction, to make a member of a channel of who is not in its workspace, so that of a
 *   join and a removal from the workspace that are asked for at once the removal wins (I8);
 * - MUST judge, in the same transaction, whoever changes a member of a channel or a workspace (`by`): nobody changes
 *   who is above them, gives a role above theirs, or lets anybody see of the past what they may not see themselves (I8);
 * - MUST make at most one direct channel per workspace and pair, whoever asks at once;
 * - MUST keep why a membership ended, and tell it of nobody who never was a member, banned or not;
 * - MUST find the channels that wait, and what waits in one, in a time that does not grow with what waits in others;
 * - MUST answer a removal with every entry of that user's leaving that is not done, whoever removed them, also where
 *   the membership had ended before: a removal is seen through by whoever asks for it (R13);
 * - MUST, if what it keeps can be restored to an older state, draw a nonce for each entry: its number may be given again;
 * - MUST be idempotent for upserts and for adding a member who is one: no second outbox entry;
 * - MUST reject with DirectoryError `conflict` for an id that means something else already, `not_found` for
 *   what is not there, `forbidden` for who joins against a ban and for what `by` may not do, `unavailable` while it
 *   does not answer; a channel never loses its last owner by leaving or demotion (`conflict`).
 */
export interface Directory {
  upsertUser(user: { userId: string; name?: string }): Promise<UserRecord>
  users(userIds: readonly string[]): Promise<readonly (UserRecord | undefined)[]>

  upsertWorkspace(workspace: { workspaceId: string; name?: string }): Promise<WorkspaceRecord>
  workspace(workspaceId: string): Promise<WorkspaceRecord | undefined>
  workspacesOf(
    userId: string,
    cursor: Cursor,
  ): Promise<readonly (WorkspaceRecord & { role: Role })[]>
  /** `role` and `by` as in `setMember`, by their roles in the workspace. Resolves to what stands then. */
  setWorkspaceMember(change: {
    workspaceId: string
    userId: string
    role?: Role
    by?: string
  }): Promise<WorkspaceMember>
  workspaceMember(workspaceId: string, userId: string): Promise<WorkspaceMember | undefined>
  workspaceMembers(workspaceId: string, cursor: Cursor): Promise<readonly WorkspaceMember[]>
  /**
   * Leaves all its channels too; resolves to those that the user ever was a member of. `not_found` for who is not in
   * the workspace and was in none of its channels.
   */
  removeWorkspaceMember(
    workspaceId: string,
    userId: string,
    by?: string,
  ): Promise<DirectoryChange<readonly string[]>>

  /** `ownerId` becomes its first member. An id that exists with the same workspace and kind is answered, not changed, save a new name. */
  upsertChannel(channel: {
    channelId: string
    workspaceId: string
    kind: 'public' | 'private'
    name?: string
    ownerId?: string
  }): Promise<DirectoryChange<ChannelRecord>>
  /** Finds or makes the channel of the pair. */
  directChannel(
    workspaceId: string,
    pair: readonly [string, string],
    newChannelId: string,
  ): Promise<DirectoryChange<ChannelRecord>>
  renameChannel(
    channelId: string,
    name: string,
    by?: string,
  ): Promise<DirectoryChange<ChannelRecord>>
  channels(channelIds: readonly string[]): Promise<readonly (ChannelRecord | undefined)[]>
  publicChannels(workspaceId: string, cursor: Cursor): Promise<readonly ChannelRecord[]>

  setMember(change: {
    channelId: string
    userId: string
    /** Left out: stays what it is; who joins is a member. */
    role?: Role
    /** The user who asks for it; left out: the platform, which may do all. */
    by?: string
    /** Left out: stays what it is; who joins sees what `by` sees, unless theirs began later when they left. */
    visibleFromSeq?: number
    /** The user lets themselves in: not while a ban stands; who is a member already stays what they are. */
    selfJoin?: boolean
  }): Promise<DirectoryChange<Membership>>
  /** `not_found` for who never was a member, save for a ban. `by` as in `setMember`; who leaves needs none. */
  removeMember(change: {
    channelId: string
    userId: string
    reason: Leaving
    by?: string
  }): Promise<DirectoryChange<{ version: number }>>
  membership(channelId: string, userId: string): Promise<Membership | undefined>
  members(channelId: string, cursor: Cursor): Promise<readonly Membership[]>
  /** Newest membership first. */
  membershipsOf(userId: string): Promise<readonly Membership[]>
  /** Of these channels, those that the user was a member of and is no more; in any order. */
  formerMemberships(
    userId: string,
    channelIds: readonly string[],
  ): Promise<readonly FormerMembership[]>
  /** True when a `banned` removal stands: joining again needs an admin. */
  isBanned(channelId: string, userId: string): Promise<boolean>

  /** The channels that have entries which are not done, each once, in the order of their ids. */
  outboxChannels(cursor: Cursor): Promise<readonly string[]>
  /** A channel's oldest entries that are not done, by `entryId`. */
  outbox(channelId: string, limit: number): Promise<readonly OutboxEntry[]>
  outboxDone(entryIds: readonly number[]): Promise<void>
  close(): Promise<void>
}

/**
 * What was changed, and entries by which it appears in the stream, ascending.
 * - Of a removal (`removeMember`, `removeWorkspaceMember`): every leaving of that user from those channels that is not
 *   done yet, those of earlier removals too, also where this call changed nothing. None: all of them are in the stream.
 * - Of everything else (joins, roles, renames, new channels): only what this call itself made. None: nothing was to be
 *   changed, and what an earlier call made may still be waiting.
 */
export interface DirectoryChange<T> {
  readonly value: T
  readonly entries: readonly OutboxEntry[]
}

export class DirectoryError extends Error {
  override readonly name = 'DirectoryError'
  constructor(
    /** `unavailable`: it does not answer, and whether a change was made nobody knows. */
    readonly code: 'conflict' | 'not_found' | 'forbidden' | 'unavailable',
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause })
  }
}
