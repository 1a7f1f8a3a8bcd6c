import { decideRemove, keepRanks, notInWorkspace, PLATFORM } from '../../../directory/decisions.js'
import { inPages } from '../../../environment/pieces.js'
import type { Directory, Leaving } from '../../../ports/directory.js'
import { entering, memberRow, stampOf, valuesOf, type Writing } from './membership.js'
import { leavings } from './outbox.js'
import { lockWorkspace, standingIn, workspaceMember } from './people.js'

/** Channels that are left by one statement: engines bound its parameters (I7). */
const LEFT_AT_ONCE = 500

export async function removeWorkspaceMember(
  writing: Writing,
  workspaceId: string,
  userId: string,
  by: string | undefined,
): ReturnType<Directory['removeWorkspaceMember']> {
  const { trx } = writing
  await lockWorkspace(writing, workspaceId)
  const current = await workspaceMember(trx, workspaceId, userId)
  keepRanks(await standingIn(trx, workspaceId, by), current?.role, undefined)
  const { numDeletedRows } = await trx
    .deleteFrom('workspace_members')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  const own = await trx
    .selectFrom('members')
    .innerJoin('channels', 'channels.channel_id', 'members.channel_id')
    .select(['channels.channel_id', 'members.role'])
    .where('channels.workspace_id', '=', workspaceId)
    .where('members.user_id', '=', userId)
    .where((or) => or.or([or('members.role', 'is not', null), or('members.ended', 'is not', null)]))
    .orderBy('channels.channel_id')
    .execute()
  if (numDeletedRows === 0n && own.length === 0) throw notInWorkspace()
  const reason = by === undefined ? 'left' : 'kicked'
  const currentIds = own.flatMap(({ channel_id, role }) => (role === null ? [] : [channel_id]))
  for (const channelIds of inPages(currentIds, LEFT_AT_ONCE)) {
    await leave(writing, channelIds, { userId, reason, ...(by !== undefined && { by }) })
  }
  const channelIds = own.map(({ channel_id }) => channel_id)
  return { value: channelIds, entries: await leavings(trx, userId, channelIds) }
}

/**
 * Ends a user's memberships of these channels, which are locked in their order (R15). As few statements for hundreds
 * as for one: they are for who is in all channels of a workspace too, and a transaction has its time.
 */
async function leave(
  writing: Writing,
  channelIds: readonly string[],
  change: { readonly userId: string; readonly reason: Leaving; readonly by?: string },
): Promise<void> {
  const { trx, dialect } = writing
  await trx
    .selectFrom('channels')
    .select('channel_id')
    .where('channel_id', 'in', channelIds)
    .orderBy('channel_id')
    .modifyEnd(dialect.locked)
    .execute()
  const rows = await trx
    .selectFrom('members')
    .selectAll()
    .where('channel_id', 'in', channelIds)
    .where('user_id', '=', change.userId)
    // who has left since the list was read
    .where('role', 'is not', null)
    .orderBy('channel_id')
    .execute()
  const left = rows.flatMap((row) => {
    // who leaves the workspace leaves its channels, even as the last owner, and above whoever removes them there
    const decision = decideRemove(memberRow(row), change, {
      author: PLATFORM,
      otherOwners: Number.POSITIVE_INFINITY,
    })
    if (decision?.entry === undefined) return []
    const { entry } = decision
    return { channelId: row.channel_id, entry, after: { ...row, ...valuesOf(decision.row) } }
  })
  if (left.length === 0) return
  await trx
    .insertInto('members')
    .values(left.map(({ after }) => after))
    .onConflict((conflict) =>
      conflict.columns(['channel_id', 'user_id']).doUpdateSet(({ ref }) => ({
        role: ref('excluded.role'),
        version: ref('excluded.version'),
        visible_from_seq: ref('excluded.visible_from_seq'),
        banned: ref('excluded.banned'),
        ended: ref('excluded.ended'),
      })),
    )
    .execute()
  await trx
    .updateTable('channels')
    .set((set) => ({ member_count: set('member_count', '-', 1) }))
    .where(
      'channel_id',
      'in',
      left.map(({ channelId }) => channelId),
    )
    .execute()
  await entering(writing, left, stampOf(writing)).execute()
}
