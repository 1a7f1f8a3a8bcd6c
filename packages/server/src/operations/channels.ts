import type { RestChannel, RestPage, Role } from '@tidings/protocol'
import type { MembershipChanges } from '../membership/changes.js'
import type { ChannelRecord, Directory } from '../ports/directory.js'
import type { MessageStore } from '../ports/message-store.js'
import { type Actor, OperationError } from './actor.js'
import { admitToWorkspace, createMemberOperations } from './members.js'
import { pageOf, readCursor } from './paging.js'
import {
  authoriseInChannel,
  authoriseInWorkspace,
  authoriseServer,
  channelRecord,
  type StandingSources,
} from './standing.js'
import type { PageRequest } from './workspaces.js'

export interface ChannelOperationsOptions extends StandingSources {
  readonly directory: Directory
  readonly store: Pick<MessageStore, 'heads'>
  readonly changes: MembershipChanges
  readonly nextId: () => string
}

/** Channels and who belongs to them. Every change resolves when it stands in the channel's stream. */
export function createChannelOperations(options: ChannelOperationsOptions) {
  const { directory, changes, cache } = options

  /** R13: roles are read after the heads, which are only for who is a member still. */
  async function described(
    channels: readonly ChannelRecord[],
    roles: () => Promise<(channelId: string) => Role | undefined>,
  ): Promise<RestChannel[]> {
    const heads = await options.store.heads(channels.map((channel) => channel.channelId))
    const roleIn = await roles()
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
    const [one] = await described([channel], async () => {
      const membership =
        actor.kind === 'user' ? await cache.get(channel.channelId, actor.userId) : undefined
      return () => membership?.role
    })
    if (one === undefined) throw new OperationError('channel_not_found')
    return one
  }

  const record = (channelId: string): Promise<ChannelRecord> => channelRecord(options, channelId)

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
      if (ownerId !== undefined) await admitToWorkspace(directory, workspaceId, ownerId)
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
      const channels = await directory.channels(wanted.map(({ channelId }) => channelId))
      const known = channels.filter((channel) => channel !== undefined)
      const read = await described(known, async () => {
        const still = await cache.fresh(actor.userId)
        const roles = new Map(still.map(({ channelId, role }) => [channelId, role]))
        return (channelId) => roles.get(channelId)
      })
      const { items, ...next } = pageOf(read, page.limit, (channel) => channel.channel_id)
      return { items: items.filter(({ role }) => role !== undefined), ...next }
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
        await described(read, async () => () => undefined),
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

    ...createMemberOperations(options),
  }
}

export type ChannelOperations = ReturnType<typeof createChannelOperations>
