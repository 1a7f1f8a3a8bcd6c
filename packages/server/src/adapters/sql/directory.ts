import { type Directory, DirectoryError } from '../../ports/directory.js'
import type { ServerEnvironment } from '../../ports/environment.js'
import { uncontended } from './contention.js'
import * as channels from './directory/channels.js'
import { hotReads } from './directory/hot-reads.js'
import { removeWorkspaceMember } from './directory/leaving-workspace.js'
import * as membership from './directory/membership.js'
import * as reads from './directory/membership-reads.js'
import * as outbox from './directory/outbox.js'
import * as people from './directory/people.js'
import { SqlConstraint, type SqlDriver, SqlUnavailable } from './driver.js'
import { kyselyOver } from './kysely.js'

/**
 * The directory on SQL. Every change is one transaction, which locks the channel whose membership it changes
 * and enters what must appear in the stream last (R15). The driver stays the caller's to close.
 */
export function createSqlDirectory(
  driver: SqlDriver,
  environment: Pick<ServerEnvironment, 'now' | 'randomId'>,
): Directory {
  const db = kyselyOver(driver)
  const { dialect } = driver
  const now = () => environment.now()
  const nonce = () => environment.randomId()
  const { user, ...hot } = hotReads(driver)

  function change<T>(body: (writing: membership.Writing) => Promise<T>): Promise<T> {
    return db.transaction().execute((trx) => body({ trx, dialect, now, nonce }))
  }

  return told({
    upsertUser: (record) => people.upsertUser(db, environment, user, record),
    users: (userIds) => people.users(db, userIds),
    upsertWorkspace: (workspace) => people.upsertWorkspace(db, environment, workspace),
    workspace: (workspaceId) => people.workspaceNamed(db, workspaceId),
    workspacesOf: (userId, cursor) => people.workspacesOf(db, userId, cursor),
    setWorkspaceMember: (member) => change((writing) => people.setWorkspaceMember(writing, member)),
    workspaceMember: (workspaceId, userId) => people.workspaceMember(db, workspaceId, userId),
    workspaceMembers: (workspaceId, cursor) => people.workspaceMembers(db, workspaceId, cursor),
    removeWorkspaceMember: (workspaceId, userId, by) =>
      change((writing) => removeWorkspaceMember(writing, workspaceId, userId, by)),

    upsertChannel: (channel) => change((writing) => channels.upsertChannel(writing, channel)),
    directChannel: (workspaceId, pair, newChannelId) =>
      change((writing) => channels.directChannel(writing, workspaceId, pair, newChannelId)),
    renameChannel: (channelId, name, by) =>
      change((writing) => channels.renameChannel(writing, channelId, name, by)),
    channels: (channelIds) => channels.channels(db, channelIds),
    publicChannels: (workspaceId, cursor) => channels.publicChannels(db, workspaceId, cursor),

    setMember: (member) => change((writing) => membership.setMember(writing, member)),
    removeMember: (member) => change((writing) => membership.removeMember(writing, member)),
    ...hot,
    members: (channelId, cursor) => reads.members(db, channelId, cursor),
    formerMemberships: (userId, channelIds) => reads.formerMemberships(db, userId, channelIds),
    isBanned: (channelId, userId) => reads.isBanned(db, channelId, userId),

    outboxChannels: (cursor) => outbox.outboxChannels(db, cursor),
    outbox: (channelId, limit) => outbox.outbox(db, channelId, limit),
    outboxDone: (entryIds) => outbox.outboxDone(db, entryIds),
    close: async () => undefined,
  })
}

/** Tries again what lost against others; puts a driver's errors into the words of the port. */
function told(directory: Directory): Directory {
  const methods = Object.entries(directory).map(([name, run]) => [
    name,
    async (...given: unknown[]) => {
      try {
        return await uncontended(() => run(...given))
      } catch (error) {
        throw inWords(error)
      }
    },
  ])
  return Object.fromEntries(methods) as Directory
}

function inWords(error: unknown): unknown {
  if (error instanceof SqlConstraint) {
    const message = 'Somebody else has just changed this: read it again.'
    return new DirectoryError('conflict', message, error)
  }
  if (error instanceof SqlUnavailable) {
    return new DirectoryError('unavailable', 'The directory does not answer now.', error)
  }
  return error
}
