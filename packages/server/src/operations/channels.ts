import type { RestChannel, RestMember, RestPage, Role } from '@tidings/protocol'
import type { MembershipChanges } from '../membership/changes.js'
import { mayChangeRole } from '../permissions/permissions.js'
import type { ChannelRecord, Directory } from '../ports/directory.js'
import type { Membership } from '../ports/membership.js'
import type { MessageStore } from '../ports/message-store.js'
import { type Actor, OperationError } from './actor.js'
import { pageOf, readCursor } from './paging.js'
import {
  authoriseInChannel,
  authoriseInWorkspace,
  authoriseServer,
  type StandingSources,
} from './standing.js'
import type { PageRequest } from './workspaces.js'

export interface ChannelOperationsOptions extends StandingSources {
  readonly directory: Directory
  readonly store: Pick<MessageStore, 'heads'>
  readonly changes: MembershipChanges
  readonly nextId: () => string
}

const memberOf = (membership: Membership): RestMember => ({
  channel_id: membership.channelId,
  user_id: membership.userId,
  role: membership.role,
  ...(membership.visibleFromSeq !== undefined && { visible_from_seq: membership.visibleFromSeq }),
})

/** Channels and who belongs to them. Every change resolves when it stands in the channel's stream. */
export function createChannelOperations(options: ChannelOperationsOptions) {
  const { directory, changes, cache } = options

  async function described(
    channels: readonly ChannelRecord[],
    roleIn: (channelId: string) => Role | undefined,
  ): Promise<RestChannel[]> {
    const heads = await options.store.heads(channels.map((channel) => channel.channelId))
    return channels.map((channel, i) => {
      const role = roleIn(channel.channelId)
      const head = heads[i]
      return {
        channel_id: channel.channelId,
        workspace_id: channel.workspaceId,
        kind: channel.kind,
        name: channel.name,
        created_at: channel.createdAt,
        member_count: channel.memberCount,
        ...(channel.kind === 'direct' && { user_ids: [...channel.userIds] }),
        ...(role !== undefined && { role }),
        ...(role !== undefined && {
          head_seq: head?.headSeq ?? 0,
          message_count: head?.messageCount ?? 0,
        }),
      }
    })
  }

  async function describe(channel: ChannelRecord, actor: Actor): Promise<RestChannel> {
    const membership =
      actor.kind === 'user' ? await cache.get(channel.channelId, actor.userId) : undefined
    const [one] = await described([channel], () => membership?.role)
    if (one === undefined) throw new OperationError('channel_not_found')
    return one
  }

  async function record(channelId: string): Promise<ChannelRecord> {
    const [channel] = await directory.channels([channelId])
    if (channel === undefined) throw new OperationError('channel_not_found')
    return channel
  }

  /** Whoever the platform puts into a channel belongs to its workspace from then on. */
  async function admitToWorkspace(workspaceId: string, userId: string): Promise<void> {
    if ((await directory.workspaceMember(workspaceId, userId)) !== undefined) return
    await directory.upsertUser({ userId })
    await directory.setWorkspaceMember({ workspaceId, userId, role: 'member' })
  }

  return {
    async create(
      actor: Actor,
      workspaceId: string,
      channel: { name: string; kind: 'public' | 'private' },
    ): Promise<RestChannel> {
      await authoriseInWorkspace(options, actor, workspaceId, 'channel.create')
      const made = await changes.createChannel({
        channelId: options.nextId(),
        workspaceId,
        ...channel,
        ...(actor.kind === 'user' && { ownerId: actor.userId }),
      })
      return describe(made, actor)
    },

    /** With an id of the platform's own; makes it or changes its name. */
    async put(
      actor: Actor,
      workspaceId: string,
      channelId: string,
      channel: {
        name?: string | undefined
        kind?: 'public' | 'private' | undefined
        ownerId?: string | undefined
      },
    ): Promise<RestChannel> {
      authoriseServer(actor, 'channels.put')
      await authoriseInWorkspace(options, actor, workspaceId, 'channel.create')
      const { name, ownerId } = channel
      const [known] = channel.kind === undefined ? await directory.channels([channelId]) : []
      const kind = channel.kind ?? (known?.kind === 'private' ? 'private' : 'public')
      if (ownerId !== undefined) await admitToWorkspace(workspaceId, ownerId)
      const made = await changes.createChannel({
        channelId,
        workspaceId,
        kind,
        ...(name !== undefined && { name }),
        ...(ownerId !== undefined && { ownerId }),
      })
      return describe(made, actor)
    },

    /** The one direct channel of a pair, found or made. */
    async openDirect(
      actor: Actor,
      workspaceId: string,
      userId: string,
      withUserId?: string,
    ): Promise<RestChannel> {
      await authoriseInWorkspace(options, actor, workspaceId, 'direct.open')
      const first = actor.kind === 'user' ? actor.userId : withUserId
      if (first === undefined || first === userId) {
        throw new OperationError(
          'invalid_frame',
          'A direct channel is between two different users.',
        )
      }
      for (const one of [first, userId]) {
        if ((await directory.workspaceMember(workspaceId, one)) === undefined) {
          throw new OperationError('not_found', 'That user is not in the workspace.')
        }
      }
      return describe(
        await changes.openDirect(workspaceId, [first, userId], options.nextId()),
        actor,
      )
    },

    async get(actor: Actor, channelId: string): Promise<RestChannel> {
      const channel = await record(channelId)
      if (actor.kind === 'user' && (await cache.get(channelId, actor.userId)) === undefined) {
        // a public channel can be seen from its workspace before it is joined
        if (channel.kind !== 'public') throw new OperationError('channel_not_found')
        if ((await directory.workspaceMember(channel.workspaceId, actor.userId)) === undefined) {
          throw new OperationError('channel_not_found')
        }
      }
      return describe(channel, actor)
    },

    async listOwn(actor: Actor, page: PageRequest): Promise<RestPage<RestChannel>> {
      if (actor.kind === 'server')
        throw new OperationError('forbidden', 'A server key belongs to no user.')
      const memberships = [...(await cache.fresh(actor.userId))].sort((a, b) =>
        a.channelId < b.channelId ? -1 : 1,
      )
      const after = readCursor(page.cursor)
      const wanted = memberships
        .filter((membership) => after === undefined || membership.channelId > after)
        .slice(0, page.limit + 1)
      const roles = new Map(wanted.map((membership) => [membership.channelId, membership.role]))
      const channels = await directory.channels([...roles.keys()])
      const known = channels.filter((channel) => channel !== undefined)
      return pageOf(
        await described(known, (channelId) => roles.get(channelId)),
        page.limit,
        (channel) => channel.channel_id,
      )
    },

    async listPublic(
      actor: Actor,
      workspaceId: string,
      page: PageRequest,
    ): Promise<RestPage<RestChannel>> {
      await authoriseInWorkspace(options, actor, workspaceId, 'channel.list')
      const after = readCursor(page.cursor)
      const read = await directory.publicChannels(workspaceId, {
        limit: page.limit + 1,
        ...(after !== undefined && { after }),
      })
      return pageOf(
        await described(read, () => undefined),
        page.limit,
        (channel) => channel.channel_id,
      )
    },

    async rename(actor: Actor, channelId: string, name: string): Promise<RestChannel> {
      await authoriseInChannel(options, actor, channelId, 'channel.rename')
      if ((await record(channelId)).kind === 'direct') {
        throw new OperationError('conflict', 'A direct channel has no name.')
      }
      return describe(
        await changes.rename(channelId, name, actor.kind === 'user' ? actor.userId : undefined),
        actor,
      )
    },

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
      return pageOf(read.map(memberOf), page.limit, (member) => member.user_id)
    },

    async join(actor: Actor, channelId: string): Promise<RestMember> {
      if (actor.kind === 'server')
        throw new OperationError(
          'forbidden',
          'A server key belongs to no user: add a member instead.',
        )
      const channel = await record(channelId)
      const current = await cache.get(channelId, actor.userId)
      if (current !== undefined) return memberOf(current)
      if (channel.kind !== 'public') throw new OperationError('channel_not_found')
      const standing = await authoriseInWorkspace(
        options,
        actor,
        channel.workspaceId,
        'channel.join',
      ).catch((error: unknown) => {
        throw error instanceof OperationError && error.code === 'not_found'
          ? new OperationError('channel_not_found')
          : error
      })
      if (await directory.isBanned(channelId, actor.userId)) {
        throw new OperationError('forbidden', 'You were banned from this channel.')
      }
      return memberOf(
        await changes.set({
          channelId,
          userId: actor.userId,
          role: standing === 'read_only' ? 'read_only' : 'member',
        }),
      )
    },

    async putMember(
      actor: Actor,
      channelId: string,
      userId: string,
      change: { role?: Role | undefined; visibleFromSeq?: number | undefined },
    ): Promise<RestMember> {
      const { standing } = await authoriseInChannel(options, actor, channelId, 'members.write')
      const channel = await record(channelId)
      if (channel.kind === 'direct')
        throw new OperationError('conflict', 'A direct channel has exactly its two users.')
      const current = await cache.get(channelId, userId)
      const role = change.role ?? current?.role ?? 'member'
      if (!mayChangeRole(standing, current?.role, role)) {
        throw new OperationError('forbidden', 'This role is above what you may give or change.')
      }
      const inWorkspace = await directory.workspaceMember(channel.workspaceId, userId)
      if (inWorkspace === undefined) {
        if (actor.kind === 'user')
          throw new OperationError('not_found', 'That user is not in the workspace.')
        await admitToWorkspace(channel.workspaceId, userId)
      }
      return memberOf(
        await changes.set({
          channelId,
          userId,
          role,
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
      const { standing } = await authoriseInChannel(
        options,
        actor,
        channelId,
        self ? 'channel.leave' : 'members.write',
      )
      if ((await record(channelId)).kind === 'direct') {
        throw new OperationError('conflict', 'A direct channel has exactly its two users.')
      }
      const current = await cache.get(channelId, userId)
      // a ban keeps out also who has left before, or never came
      if (current === undefined && !ban)
        throw new OperationError('not_found', 'That user is not in the channel.')
      if (!self && !mayChangeRole(standing, current?.role, undefined)) {
        throw new OperationError('forbidden', 'You may not remove somebody above you.')
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

export type ChannelOperations = ReturnType<typeof createChannelOperations>
