import { createMemoryDirectory } from '../../src/adapters/memory/directory.js'
import { directoryContract } from '../../src/ports/contract/directory.js'
import type { Directory } from '../../src/ports/directory.js'
import { refuses } from './refused.js'

const clock = { now: () => 1_000 }

interface WrongDirectory {
  readonly make: (right: Directory) => Partial<Directory>
  /** A case that must fail, by a part of its title. */
  readonly fails: RegExp
}

/** Each breaks one MUST of the port, and only that. */
const WRONG_DIRECTORIES: Readonly<Record<string, WrongDirectory>> = {
  'answers with an entry that the outbox does not hold': {
    make: (right) => ({
      async setMember(change) {
        const changed = await right.setMember(change)
        await right.outboxDone(changed.entries.map((entry) => entry.entryId))
        return changed
      },
    }),
    fails: /^R15: what a change answers with is what the outbox holds/,
  },
  'tells only of the first channels that wait': {
    make: (right) => ({
      outboxChannels: async ({ after = '', limit }) =>
        (await right.outboxChannels({ limit: 3 })).filter((id) => id > after).slice(0, limit),
    }),
    fails: /^R15: the channels that wait are told page by page/,
  },
  'makes a second direct channel for a pair': {
    make: (right) => {
      let asked = 0
      return {
        directChannel(workspaceId, pair, newChannelId) {
          asked += 1
          return asked === 2
            ? right
                .upsertChannel({ workspaceId, channelId: newChannelId, kind: 'private' })
                .then(({ value, entries }) => ({
                  value: { ...value, kind: 'direct' as const, userIds: [...pair].sort() },
                  entries,
                }))
            : right.directChannel(workspaceId, pair, newChannelId)
        },
      }
    },
    fails: /^a pair has one direct channel/,
  },
  'begins the version anew when somebody joins again': {
    make: (right) => {
      const left = new Map<string, number>()
      const key = (channelId: string, userId: string) => `${channelId} ${userId}`
      return {
        async removeMember(change) {
          const removed = await right.removeMember(change)
          left.set(key(change.channelId, change.userId), removed.value.version)
          return removed
        },
        async setMember(change) {
          const { value, entries } = await right.setMember(change)
          const lost = left.get(key(change.channelId, change.userId)) ?? 0
          return { value: { ...value, version: value.version - lost }, entries }
        },
      }
    },
    fails: /^R13: every change raises the version/,
  },
  'adds a member who is one a second time': {
    make: (right) => ({
      async setMember(change) {
        const first = await right.setMember(change)
        if (first.entries.length > 0) return first
        await right.removeMember({ ...change, reason: 'kicked' })
        return right.setMember(change)
      },
    }),
    fails: /^adding a member who is one changes nothing/,
  },
  'lets the last owner leave': {
    make: (right) => ({
      removeMember: (change) =>
        right.removeMember({
          ...change,
          reason: change.reason === 'left' ? 'kicked' : change.reason,
        }),
    }),
    fails: /^a channel keeps its last owner/,
  },
  'tells who was kept out of a channel that it is there': {
    make: (right) => ({
      formerMemberships: async (userId, channelIds) => [
        ...(await right.formerMemberships(userId, channelIds)),
        ...((await right.isBanned('general', userId))
          ? [{ channelId: 'general', reason: 'banned' as const }]
          : []),
      ],
    }),
    fails: /^why a membership ended/,
  },
  'forgets a ban': {
    make: () => ({ isBanned: async () => false }),
    fails: /^a ban stands/,
  },
  'lets in who lets themselves in, banned or not': {
    make: (right) => ({
      setMember: ({ channelId, userId, role }) => right.setMember({ channelId, userId, role }),
    }),
    fails: /^nobody lets themselves in against a ban/,
  },
  'judges nobody who changes a member': {
    make: (right) => ({
      setMember: ({ by, ...change }) => right.setMember(change),
      removeMember: ({ by, ...change }) => right.removeMember(change),
    }),
    fails: /^I8: nobody changes who is above them/,
  },
  'judges whoever changes a member by what they were before': {
    make: (right) => {
      const judged = async (change: { channelId: string; userId: string; by?: string }) => {
        const { channelId, userId, by } = change
        const ids = by === undefined ? [] : [by, userId]
        const [author, current] = await Promise.all(
          ids.map((id) => right.membership(channelId, id)),
        )
        return author?.role === 'owner' || (author?.role === 'admin' && current?.role !== 'owner')
      }
      return {
        async setMember(change) {
          const { by, ...unjudged } = change
          return right.setMember((await judged(change)) ? unjudged : change)
        },
        async removeMember(change) {
          const { by, ...unjudged } = change
          return right.removeMember((await judged(change)) ? unjudged : change)
        },
      }
    },
    fails: /^I8: of two that demote each other at once/,
  },
  'judges nobody who changes a member of a workspace': {
    make: (right) => ({
      setWorkspaceMember: ({ by, ...change }) => right.setWorkspaceMember(change),
    }),
    fails: /^I8: nobody changes in a workspace who is above them/,
  },
  'makes a member of whom no role is given': {
    make: (right) => ({
      setMember: (change) => right.setMember({ ...change, role: change.role ?? 'member' }),
    }),
    fails: /^a role that is not named stays/,
  },
  'lets into a channel who is not in its workspace': {
    make: (right) => ({
      async setMember(change) {
        await right.setWorkspaceMember({ workspaceId: 'w', userId: change.userId, role: 'member' })
        return right.setMember(change)
      },
    }),
    fails: /^I8: who is not in the workspace, or no more/,
  },
  'answers a second removal as if the first were in the stream': {
    make: (right) => {
      const told = new Set<number>()
      return {
        async removeMember(change) {
          const { value, entries } = await right.removeMember(change)
          const news = entries.filter(({ entryId }) => !told.has(entryId))
          for (const { entryId } of news) told.add(entryId)
          return { value, entries: news }
        },
      }
    },
    fails: /^R13: a removal that is asked for again/,
  },
  'shows all of the past to who comes back': {
    make: (right) => ({
      setMember: async (change) =>
        right.setMember({
          ...change,
          visibleFromSeq:
            change.visibleFromSeq ??
            ((await right.membership(change.channelId, change.userId)) === undefined
              ? 0
              : undefined),
        }),
    }),
    fails: /^I8: what a member may see of the past/,
  },
  'includes the item after which a page begins': {
    make: (right) => ({
      members: async (channelId, { after, limit }) =>
        (await right.members(channelId, { limit: 1_000 }))
          .filter((member) => after === undefined || member.userId >= after)
          .slice(0, limit),
    }),
    fails: /^members are listed page by page/,
  },
  'refuses with an error of its own': {
    make: (right) => ({
      renameChannel: (...args) =>
        right.renameChannel(...args).catch(() => {
          throw new Error('no such row')
        }),
    }),
    fails: /^a rename says by whom/,
  },
}

refuses(
  'a directory that',
  WRONG_DIRECTORIES,
  ({ make }, name) =>
    (runner) => {
      const wrong = async () => {
        const right = createMemoryDirectory(clock)
        return { ...right, ...make(right) }
      }
      directoryContract(name, wrong, runner)
    },
  11,
)
