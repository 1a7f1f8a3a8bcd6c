import {
  type ChannelRecord,
  type Directory,
  type DirectoryChange,
  DirectoryError,
  type Leaving,
  type OutboxEntry,
} from '../ports/directory.js'
import type { Membership, MembershipCache } from '../ports/membership.js'
import type { PushBus } from '../ports/push.js'
import type { Relay } from '../relay/relay.js'
import type { CommandResult } from '../stream/command.js'

export interface MembershipChangesOptions {
  readonly directory: Directory
  readonly cache: MembershipCache
  readonly relay: Pick<Relay, 'stored' | 'poke'>
  readonly bus: Pick<PushBus, 'living' | 'confirmRemoval'>
}

/**
 * Changes of who is in which channel, seen through to the end: decided in the directory, dropped from every
 * cache, stored in the stream (R15), and for a removal confirmed by every process that could still
 * deliver to that user (I8, R13). Resolved means all of that.
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

export function createMembershipChanges(options: MembershipChangesOptions): MembershipChanges {
  const { directory, cache, relay, bus } = options

  /** The versions of memberships are the directory's affair; a cache drops whatever it had. */
  async function invalidate(entries: readonly OutboxEntry[]): Promise<void> {
    const touched = entries.filter(
      (entry) => entry.payload.kind !== 'channel.update' || entry.payload.member,
    )
    if (touched.length === 0) return
    await cache.invalidate(
      touched.map((entry) => ({
        channelId: entry.channelId,
        userId:
          entry.payload.kind === 'channel.update' && entry.payload.member
            ? entry.payload.member.user_id
            : entry.userId,
        version: entry.entryId,
      })),
    )
  }

  async function seeThrough(entries: readonly OutboxEntry[]): Promise<void> {
    await invalidate(entries)
    await Promise.all(
      entries.map(async (entry) => {
        const result = await relay.stored(entry)
        const { payload } = entry
        if (payload.kind === 'member.leave') await confirm(entry, payload.reason, result)
      }),
    )
  }

  async function confirm(
    entry: OutboxEntry,
    reason: Leaving,
    result: CommandResult,
  ): Promise<void> {
    if (result.status !== 'accepted') return
    const removal = {
      channelId: entry.channelId,
      userId: entry.userId,
      epoch: result.epoch,
      seq: result.channelSeq,
      reason,
    }
    try {
      // asked for after the number is known: who comes later reads memberships without the user
      const processes = await bus.living()
      await Promise.all(processes.map((processId) => bus.confirmRemoval(processId, removal)))
    } catch (cause) {
      const message = 'The removal was made; not every process has confirmed it yet.'
      throw new DirectoryError('unavailable', message, cause)
    }
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
    set: (change) => apply(directory.setMember(change)),
    async remove(change) {
      await apply(directory.removeMember(change))
    },
    async removeFromWorkspace(workspaceId, userId, by) {
      await seeThrough(await directory.removeWorkspaceMember(workspaceId, userId, by))
    },
  }
}
