import type { RestMember, RestPage, Role } from '@tidings/protocol'
import type { MembershipChanges } from '../membership/changes.js'
import type { Directory } from '../ports/directory.js'
import type { Membership } from '../ports/membership.js'
import { type Actor, OperationError } from './actor.js'
import { operationErrorOf } from './errors.js'
import { pageOf, readCursor } from './paging.js'
import {
  authorisedStill,
  authoriseInChannel,
  authoriseInWorkspace,
  channelRecord,
  type StandingSources,
} from './standing.js'
import type { PageRequest } from './workspaces.js'

export interface MemberOperationsOptions extends StandingSources {
  readonly directory: Directory
  readonly changes: Pick<MembershipChanges, 'set' | 'remove'>
}

const memberOf = (membership: Membership): RestMember => ({
  channel_id: membership.channelId,
  user_id: membership.userId,
  role: membership.role,
  ...(membership.visibleFromSeq !== undefined && { visible_from_seq: membership.visibleFromSeq }),
})

/** Whoever the platform puts into a channel belongs to its workspace from then on. */
export async function admitToWorkspace(
  directory: Pick<Directory, 'workspaceMember' | 'upsertUser' | 'setWorkspaceMember'>,
  workspaceId: string,
  userId: string,
): Promise<void> {
  if ((await directory.workspaceMember(workspaceId, userId)) !== undefined) return
  await directory.upsertUser({ userId })
  await directory.setWorkspaceMember({ workspaceId, userId })
}

/** Who is in a channel: listing, joining, adding, changing roles, removing, banning, leaving. */
export function createMemberOperations(options: MemberOperationsOptions) {
  const { directory, changes, cache } = options

  /** Whose membership has ended, however: what a repeat is answered they know already (I8). */
  async function hasLeft(channelId: string, userId: string): Promise<boolean> {
    if ((await cache.get(channelId, userId)) !== undefined) return false
    return (await directory.formerMemberships(userId, [channelId])).length > 0
  }

  return {
    async members(
      actor: Actor,
      channelId: string,
      page: PageRequest,
    ): Promise<RestPage<RestMember>> {
      await authoriseInChannel(options, actor, channelId, 'members.read')
      const after = readCursor(page.cursor)
      const read = await directory.members(channelId, {
        limit: page.limit + 1,
        ...(after !== undefined && { after }),
      })
      await authorisedStill(options, actor, channelId, 'members.read')
      return pageOf(read.map(memberOf), page.limit, (member) => member.user_id)
    },

    async join(actor: Actor, channelId: string): Promise<RestMember> {
      if (actor.kind === 'server')
        throw new OperationError(
          'forbidden',
          'A server key belongs to no user: add a member instead.',
        )
      const channel = await channelRecord(options, channelId)
      const current = await cache.get(channelId, actor.userId)
      if (current !== undefined) return memberOf(current)
      if (channel.kind !== 'public') throw new OperationError('channel_not_found')
      const { userId } = actor
      try {
        await authoriseInWorkspace(options, actor, channel.workspaceId, 'channel.join')
        // who tries again and again does not hold up the channel
        if (await directory.isBanned(channelId, userId)) {
          throw new OperationError('forbidden', 'You were banned from this channel.')
        }
        // a ban or a removal may come at any time: whether they still may is decided where they join (I8)
        return memberOf(await changes.set({ channelId, userId, role: 'member', selfJoin: true }))
      } catch (error) {
        const told = operationErrorOf(error)
        throw told?.code === 'not_found' ? new OperationError('channel_not_found') : error
      }
    },

    async putMember(
      actor: Actor,
      channelId: string,
      userId: string,
      change: { role?: Role | undefined; visibleFromSeq?: number | undefined },
    ): Promise<RestMember> {
      await authoriseInChannel(options, actor, channelId, 'members.write')
      const channel = await channelRecord(options, channelId)
      if (channel.kind === 'direct')
        throw new OperationError('conflict', 'A direct channel has exactly its two users.')
      if (actor.kind === 'server') await admitToWorkspace(directory, channel.workspaceId, userId)
      // others may change both of them at any time: whether they still may is decided where it is changed (I8)
      return memberOf(
        await changes.set({
          channelId,
          userId,
          ...(change.role !== undefined && { role: change.role }),
          ...(actor.kind === 'user' && { by: actor.userId }),
          ...(change.visibleFromSeq !== undefined && { visibleFromSeq: change.visibleFromSeq }),
        }),
      )
    },

    /** Resolves when nothing above the removal reaches that user any more (I8, R13). */
    async removeMember(
      actor: Actor,
      channelId: string,
      userId: string,
      ban: boolean,
    ): Promise<void> {
      const self = actor.kind === 'user' && actor.userId === userId
      // who is out already may ask until it is confirmed (R13)
      const again = self && (await hasLeft(channelId, userId))
      const action = self ? 'channel.leave' : 'members.write'
      if (!again) await authoriseInChannel(options, actor, channelId, action)
      if ((await channelRecord(options, channelId)).kind === 'direct') {
        throw new OperationError('conflict', 'A direct channel has exactly its two users.')
      }
      await changes.remove({
        channelId,
        userId,
        reason: self ? 'left' : ban ? 'banned' : 'kicked',
        ...(actor.kind === 'user' && !self && { by: actor.userId }),
      })
    },
  }
}
