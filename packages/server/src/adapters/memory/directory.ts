import type { Role } from '@tidings/protocol'
import {
  type Author,
  authorIn,
  decideRemove,
  decideSet,
  keepRanks,
  type MemberChange,
  type MemberDecision,
  type MemberRow,
  membershipOf,
  noChannel,
  notInWorkspace,
  noWorkspace,
  otherChannel,
  PLATFORM,
  renameEntry,
  sortedPair,
} from '../../directory/decisions.js'
import type { Standing } from '../../permissions/permissions.js'
import type {
  ChannelRecord,
  Cursor,
  Directory,
  OutboxEntry,
  UserRecord,
  WorkspaceRecord,
} from '../../ports/directory.js'
import type { ServerEnvironment } from '../../ports/environment.js'
import type { Membership } from '../../ports/membership.js'
import { MemoryOutbox } from './outbox.js'

interface Channel {
  record: ChannelRecord
  /** By user, in the order of their last joining. */
  readonly members: Map<string, MemberRow>
  readonly owners: Set<string>
}

/** A directory that lives and dies with its process: for the simulator and for tests. */
export function createMemoryDirectory(environment: Pick<ServerEnvironment, 'now'>): Directory {
  const users = new Map<string, UserRecord>()
  const workspaces = new Map<string, { record: WorkspaceRecord; roles: Map<string, Role> }>()
  const channels = new Map<string, Channel>()
  /** Channels by user, the newest membership last. */
  const joined = new Map<string, Set<string>>()
  const outbox = new MemoryOutbox(environment)

  const workspaceNamed = (workspaceId: string) => {
    const workspace = workspaces.get(workspaceId)
    if (workspace === undefined) throw noWorkspace()
    return workspace
  }
  const channelNamed = (channelId: string): Channel => {
    const channel = channels.get(channelId)
    if (channel === undefined) throw noChannel()
    return channel
  }
  const otherOwners = ({ owners }: Channel, userId: string): number =>
    owners.size - Number(owners.has(userId))

  function apply(channel: Channel, userId: string, decision: MemberDecision): OutboxEntry[] {
    const { channelId } = channel.record
    const was = channel.members.get(userId)?.role !== undefined
    const is = decision.row.role !== undefined
    channel.members.set(userId, decision.row)
    if (decision.row.role === 'owner') channel.owners.add(userId)
    else channel.owners.delete(userId)
    const memberCount = channel.record.memberCount + Number(is) - Number(was)
    channel.record = { ...channel.record, memberCount }
    if (was !== is) {
      const own = joined.get(userId) ?? new Set<string>()
      joined.set(userId, own)
      own.delete(channelId)
      if (is) own.add(channelId)
    }
    return decision.entry === undefined ? [] : [outbox.enter(channelId, decision.entry)]
  }

  const isIn = (workspaceId: string, userId: string): boolean =>
    workspaces.get(workspaceId)?.roles.has(userId) ?? false

  const standingIn = (roles: ReadonlyMap<string, Role>, by: string | undefined): Standing =>
    by === undefined ? 'server' : (roles.get(by) ?? 'stranger')

  const authorOf = (channel: Channel, by: string | undefined): Author =>
    by === undefined ? PLATFORM : authorIn(channel.members.get(by))

  function set(channel: Channel, change: MemberChange) {
    const current = channel.members.get(change.userId)
    const decision = decideSet(current, change, {
      author: authorOf(channel, change.by),
      otherOwners: otherOwners(channel, change.userId),
      inWorkspace: isIn(channel.record.workspaceId, change.userId),
    })
    return decision === undefined ? [] : apply(channel, change.userId, decision)
  }

  function rename(channel: Channel, name: string | undefined, by?: string): OutboxEntry[] {
    if (name === undefined || name === channel.record.name) return []
    channel.record = { ...channel.record, name }
    return [outbox.enter(channel.record.channelId, renameEntry(name, by))]
  }

  function membership(channelId: string, userId: string): Membership | undefined {
    const channel = channels.get(channelId)
    const row = channel?.members.get(userId)
    if (channel === undefined || row === undefined) return undefined
    return membershipOf(row, { channelId, userId, workspaceId: channel.record.workspaceId })
  }

  function make(record: Omit<ChannelRecord, 'createdAt' | 'memberCount'>): Channel {
    if (channels.has(record.channelId)) throw otherChannel()
    workspaceNamed(record.workspaceId)
    const channel: Channel = {
      record: { ...record, createdAt: environment.now(), memberCount: 0 },
      members: new Map(),
      owners: new Set(),
    }
    channels.set(record.channelId, channel)
    return channel
  }

  return {
    async upsertUser({ userId, name }) {
      const known = users.get(userId)
      const user = {
        userId,
        name: name ?? known?.name ?? userId,
        createdAt: known?.createdAt ?? environment.now(),
      }
      users.set(userId, user)
      return user
    },
    users: async (userIds) => userIds.map((userId) => users.get(userId)),

    async upsertWorkspace({ workspaceId, name }) {
      const known = workspaces.get(workspaceId)
      const record = {
        workspaceId,
        name: name ?? known?.record.name ?? workspaceId,
        createdAt: known?.record.createdAt ?? environment.now(),
      }
      workspaces.set(workspaceId, { record, roles: known?.roles ?? new Map() })
      return record
    },
    workspace: async (workspaceId) => workspaces.get(workspaceId)?.record,
    async workspacesOf(userId, cursor) {
      const own = [...workspaces.values()].flatMap(({ record, roles }) => {
        const role = roles.get(userId)
        return role === undefined ? [] : [{ ...record, role }]
      })
      return after(own, cursor, (workspace) => workspace.workspaceId)
    },
    async setWorkspaceMember({ workspaceId, userId, role: asked, by }) {
      const { roles } = workspaceNamed(workspaceId)
      const current = roles.get(userId)
      const role = asked ?? current ?? 'member'
      keepRanks(standingIn(roles, by), current, role)
      roles.set(userId, role)
      return { workspaceId, userId, role }
    },
    async workspaceMember(workspaceId, userId) {
      const role = workspaces.get(workspaceId)?.roles.get(userId)
      return role && { workspaceId, userId, role }
    },
    async workspaceMembers(workspaceId, cursor) {
      const roles = workspaces.get(workspaceId)?.roles ?? new Map<string, Role>()
      const members = Array.from(roles, ([userId, role]) => ({ workspaceId, userId, role }))
      return after(members, cursor, (member) => member.userId)
    },
    async removeWorkspaceMember(workspaceId, userId, by) {
      const { roles } = workspaceNamed(workspaceId)
      keepRanks(standingIn(roles, by), roles.get(userId), undefined)
      const wasIn = roles.delete(userId)
      const own = [...channels.values()]
        .filter((channel) => channel.record.workspaceId === workspaceId)
        .filter((channel) => {
          const row = channel.members.get(userId)
          return row?.role !== undefined || row?.ended !== undefined
        })
        .sort((a, b) => (a.record.channelId < b.record.channelId ? -1 : 1))
      if (!wasIn && own.length === 0) throw notInWorkspace()
      const reason = by === undefined ? 'left' : 'kicked'
      for (const channel of own) {
        const current = channel.members.get(userId)
        // who leaves the workspace leaves its channels, even as the last owner, and above whoever removes them there
        const change = { userId, reason, ...(by !== undefined && { by }) } as const
        const decision = decideRemove(current, change, {
          author: PLATFORM,
          otherOwners: Number.POSITIVE_INFINITY,
        })
        if (decision !== undefined) apply(channel, userId, decision)
      }
      const channelIds = own.map((channel) => channel.record.channelId)
      return { value: channelIds, entries: outbox.leavings(userId, channelIds) }
    },

    async upsertChannel({ channelId, workspaceId, kind, name, ownerId }) {
      const known = channels.get(channelId)
      if (known !== undefined) {
        const { record } = known
        if (record.workspaceId !== workspaceId || record.kind !== kind) throw otherChannel()
        const renamed = rename(known, name)
        return { value: known.record, entries: renamed }
      }
      // nothing is made for who may not be let in
      workspaceNamed(workspaceId)
      if (ownerId !== undefined && !isIn(workspaceId, ownerId)) throw notInWorkspace()
      const channel = make({ channelId, workspaceId, kind, name: name ?? channelId, userIds: [] })
      const made =
        ownerId === undefined ? [] : set(channel, { userId: ownerId, role: 'owner' as const })
      return { value: channel.record, entries: made }
    },
    async directChannel(workspaceId, pair, newChannelId) {
      const userIds = sortedPair(pair)
      const found = [...channels.values()].find(
        ({ record }) =>
          record.workspaceId === workspaceId &&
          record.userIds[0] === userIds[0] &&
          record.userIds[1] === userIds[1],
      )
      if (found === undefined && channels.has(newChannelId)) throw otherChannel()
      workspaceNamed(workspaceId)
      const joining = userIds.filter((userId) => found?.members.get(userId)?.role === undefined)
      if (!joining.every((userId) => isIn(workspaceId, userId))) throw notInWorkspace()
      const channel =
        found ?? make({ channelId: newChannelId, workspaceId, kind: 'direct', name: '', userIds })
      const made = joining.flatMap((userId) => set(channel, { userId, role: 'member' }))
      return { value: channel.record, entries: made }
    },
    async renameChannel(channelId, name, by) {
      const channel = channelNamed(channelId)
      const renamed = rename(channel, name, by)
      return { value: channel.record, entries: renamed }
    },
    channels: async (channelIds) => channelIds.map((channelId) => channels.get(channelId)?.record),
    async publicChannels(workspaceId, cursor) {
      const open = [...channels.values()]
        .map((channel) => channel.record)
        .filter((record) => record.workspaceId === workspaceId && record.kind === 'public')
      return after(open, cursor, (record) => record.channelId)
    },

    async setMember({ channelId, ...change }) {
      const changed = set(channelNamed(channelId), change)
      const value = membership(channelId, change.userId)
      if (value === undefined) throw noChannel()
      return { value, entries: changed }
    },
    async removeMember({ channelId, ...change }) {
      const channel = channelNamed(channelId)
      const current = channel.members.get(change.userId)
      const decision = decideRemove(current, change, {
        author: authorOf(channel, change.by),
        otherOwners: otherOwners(channel, change.userId),
      })
      if (decision !== undefined) apply(channel, change.userId, decision)
      const version = channel.members.get(change.userId)?.version ?? 0
      return { value: { version }, entries: outbox.leavings(change.userId, [channelId]) }
    },
    membership: async (channelId, userId) => membership(channelId, userId),
    async members(channelId, cursor) {
      const userIds = [...(channels.get(channelId)?.members.keys() ?? [])]
      const members = userIds
        .map((userId) => membership(channelId, userId))
        .filter((member) => member !== undefined)
      return after(members, cursor, (member) => member.userId)
    },
    async membershipsOf(userId) {
      return [...(joined.get(userId) ?? [])]
        .reverse()
        .map((channelId) => membership(channelId, userId))
        .filter((member) => member !== undefined)
    },
    formerMemberships: async (userId, channelIds) =>
      channelIds.flatMap((channelId) => {
        const reason = channels.get(channelId)?.members.get(userId)?.ended
        return reason === undefined ? [] : [{ channelId, reason }]
      }),
    isBanned: async (channelId, userId) =>
      channels.get(channelId)?.members.get(userId)?.banned ?? false,

    outboxChannels: async (cursor) => after([...outbox.channels()], cursor, (id) => id),
    outbox: async (channelId, limit) => outbox.of(channelId, limit),
    outboxDone: async (entryIds) => outbox.done(entryIds),
    close: async () => undefined,
  }
}

/** One page in ascending order of the id after which it begins. */
function after<T>(items: readonly T[], cursor: Cursor, idOf: (item: T) => string): readonly T[] {
  return items
    .filter((item) => cursor.after === undefined || idOf(item) > cursor.after)
    .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
    .slice(0, cursor.limit)
}
