import type { Role } from '@tidings/protocol'
import type { Kysely } from 'kysely'
import { type MemberRow, membershipOf } from '../../../directory/decisions.js'
import type { Directory, FormerMembership, Leaving } from '../../../ports/directory.js'
import type { Membership } from '../../../ports/membership.js'
import type { ChannelsTable, MembersTable, Tables } from '../schema.js'

type Database = Kysely<Tables>

type Shown = Pick<MembersTable, 'role' | 'version' | 'visible_from_seq'>

/** What readers and writers of a row see alike. */
export const shownIn = (row: Shown): Pick<MemberRow, 'role' | 'version' | 'visibleFromSeq'> => ({
  role: (row.role as Role | null) ?? undefined,
  version: row.version,
  visibleFromSeq: row.visible_from_seq ?? undefined,
})

export type MembershipRow = Shown &
  Pick<MembersTable, 'channel_id' | 'user_id'> &
  Pick<ChannelsTable, 'workspace_id'>

/** Of those who are members, whoever they are and wherever. No column too many: each hello reads a row for each channel of a user. */
export const memberships = (db: Database) =>
  db
    .selectFrom('members')
    .innerJoin('channels', 'channels.channel_id', 'members.channel_id')
    .select([
      'members.channel_id',
      'members.user_id',
      'members.role',
      'members.version',
      'members.visible_from_seq',
      'channels.workspace_id',
    ])
    .where('members.role', 'is not', null)

export function membershipIn(row: MembershipRow): Membership | [] {
  const ids = { channelId: row.channel_id, userId: row.user_id, workspaceId: row.workspace_id }
  return membershipOf(shownIn(row), ids) ?? []
}

export async function membership(
  db: Database,
  channelId: string,
  userId: string,
): Promise<Membership | undefined> {
  const rows = await memberships(db)
    .where('members.channel_id', '=', channelId)
    .where('members.user_id', '=', userId)
    .execute()
  return rows.flatMap(membershipIn)[0]
}

export async function members(
  db: Database,
  ...[channelId, { after, limit }]: Parameters<Directory['members']>
): Promise<readonly Membership[]> {
  const rows = await memberships(db)
    .where('members.channel_id', '=', channelId)
    .$if(after !== undefined, (query) => query.where('members.user_id', '>', after ?? ''))
    .orderBy('members.user_id')
    .limit(limit)
    .execute()
  return rows.flatMap(membershipIn)
}

export async function formerMemberships(
  db: Database,
  userId: string,
  channelIds: readonly string[],
): Promise<readonly FormerMembership[]> {
  if (channelIds.length === 0) return []
  const rows = await db
    .selectFrom('members')
    .select(['channel_id', 'ended'])
    .where('channel_id', 'in', channelIds)
    .where('user_id', '=', userId)
    .where('ended', 'is not', null)
    .execute()
  return rows.map((row) => ({ channelId: row.channel_id, reason: row.ended as Leaving }))
}

export async function isBanned(db: Database, channelId: string, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom('members')
    .select('banned')
    .where('channel_id', '=', channelId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return row?.banned === 1
}
