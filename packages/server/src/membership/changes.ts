import { inPages } from '../environment/pieces.js'
import type { ChannelRecord, Directory, DirectoryChange, OutboxEntry } from '../ports/directory.js'
import type { Membership, MembershipCache, MembershipChange } from '../ports/membership.js'
import type { MessageStore } from '../ports/message-store.js'
import type { PushBus, Removal } from '../ports/push.js'
import type { Relay } from '../relay/relay.js'
import { confirmRemovals } from './confirming.js'

/** Memberships that processes are told of in one message, which has a greatest size (I7). */
const DROPPED_AT_ONCE = 1_000

export interface MembershipChangesOptions {
  readonly directory: Directory
  readonly cache: MembershipCache
  readonly relay: Pick<Relay, 'stored' | 'poke'>
  readonly bus: Pick<PushBus, 'living' | 'confirmRemoval'>
  readonly store: Pick<MessageStore, 'heads'>
}

/**
 * Changes of who is in which channel, seen through to the end: decided in the directory, dropped from every
 * cache, stored in the stream (R15), and for a removal, and where a history begins, confirmed by every process that
 * could still deliver to that user (I8, R13). Resolved means all of that.
 */
export interface MembershipChanges {
  createChannel(channel: Parameters<Directory['upsertChannel']>[0]): Promise<ChannelRecord>
  openDirect(
    workspaceId: string,
    pair: readonly [string, string],
    newChannelId: string,
  ): Promise<ChannelRecord>
  rename(channelId: string, name: string, by?: string): Promise<ChannelRecord>
  set(change: Parameters<Directory['setMember']>[0]): Promise<Membership>
  remove(change: {
    channelId: string
    userId: string
    reason: 'left' | 'kicked' | 'banned'
    by?: string
  }): Promise<void>
  removeFromWorkspace(workspaceId: string, userId: string, by?: string): Promise<void>
}

/**
 * The memberships that these entries change. Their versions are the directory's affair: a cache drops whatever it had.
 */
export const membershipsIn = (entries: readonly OutboxEntry[]): readonly MembershipChange[] =>
  entries.flatMap(({ channelId, userId, entryId: version, payload }) => {
    if (payload.kind !== 'channel.update') return { channelId, userId, version }
    return payload.member ? { channelId, userId: payload.member.user_id, version } : []
  })

export function createMembershipChanges(options: MembershipChangesOptions): MembershipChanges {
  const { directory, cache, relay, bus, store } = options

  async function invalidate(entries: readonly OutboxEntry[]): Promise<void> {
    const touched = membershipsIn(entries)
    if (touched.length > 0) await cache.invalidate(touched)
  }

  async function seeThrough(entries: readonly OutboxEntry[]): Promise<void> {
    await invalidate(entries)
    await Promise.all(entries.map((entry) => relay.stored(entry)))
  }

  /**
   * A removal may be asked for again: while the first is under way, or after it could not be confirmed. Each asker is
   * answered when it is (R13). Where the leaving is in the stream already, it is at the head or below.
   */
  async function seeOut(
    userId: string,
    channelIds: readonly string[],
    entries: readonly OutboxEntry[],
  ): Promise<void> {
    if (channelIds.length === 0) return
    const entryIds = new Map(entries.map(({ channelId, entryId }) => [channelId, entryId]))
    for (const some of inPages(channelIds, DROPPED_AT_ONCE)) {
      await cache.invalidate(
        some.map((channelId) => ({ channelId, userId, version: entryIds.get(channelId) ?? 0 })),
      )
    }
    const inStream = channelIds.filter((channelId) => !entryIds.has(channelId))
    const numbered = await Promise.all([...entries.map(leaving), atHeads(userId, inStream)])
    await confirmRemovals(bus, numbered.flat())
  }

  /** Like a removal: whoever asks again is answered when it is confirmed, also where it was made before. */
  async function seeLess(
    { channelId, userId, version }: Membership,
    entries: readonly OutboxEntry[],
  ): Promise<void> {
    if (entries.length === 0) await cache.invalidate([{ channelId, userId, version }])
    await confirmRemovals(bus, await atHeads(userId, [channelId]))
  }

  async function leaving(entry: OutboxEntry): Promise<readonly Removal[]> {
    const result = await relay.stored(entry)
    const { channelId, userId, payload } = entry
    if (payload.kind !== 'member.leave' || result.status !== 'accepted') return []
    const { epoch, channelSeq: seq } = result
    return [{ channelId, userId, epoch, seq, reason: payload.reason }]
  }

  async function atHeads(
    userId: string,
    channelIds: readonly string[],
  ): Promise<readonly Removal[]> {
    if (channelIds.length === 0) return []
    const heads = await store.heads(channelIds)
    return channelIds.flatMap((channelId, i) => {
      const head = heads[i]
      return head === undefined ? [] : [{ channelId, userId, epoch: head.epoch, seq: head.headSeq }]
    })
  }

  async function apply<T>(change: Promise<DirectoryChange<T>>): Promise<T> {
    const { value, entries } = await change
    await seeThrough(entries)
    return value
  }

  return {
    createChannel: (channel) => apply(directory.upsertChannel(channel)),
    openDirect: (workspaceId, pair, newChannelId) =>
      apply(directory.directChannel(workspaceId, pair, newChannelId)),
    rename: (channelId, name, by) => apply(directory.renameChannel(channelId, name, by)),
    async set(change) {
      const { value, entries } = await directory.setMember(change)
      await seeThrough(entries)
      if (change.visibleFromSeq !== undefined) await seeLess(value, entries)
      return value
    },
    async remove(change) {
      const { entries } = await directory.removeMember(change)
      await seeOut(change.userId, [change.channelId], entries)
    },
    async removeFromWorkspace(workspaceId, userId, by) {
      const { value, entries } = await directory.removeWorkspaceMember(workspaceId, userId, by)
      await seeOut(userId, value, entries)
    },
  }
}
