import type { Role } from '@tidings/protocol'

/** Who acts: a user with the role that they have where they act, or the embedding platform itself. */
export type Standing = Role | 'server' | 'stranger'

const everyone: readonly Standing[] = ['owner', 'admin', 'member', 'read_only', 'server']
const writers: readonly Standing[] = ['owner', 'admin', 'member', 'server']
const moderators: readonly Standing[] = ['owner', 'admin', 'server']
const server: readonly Standing[] = ['server']

/**
 * The one table of who may do what, by role in the workspace or the channel that the action names. Who is
 * in no row may not: denying is the default. A stranger to a workspace or a private channel is told
 * `not_found`, so that ids cannot be probed.
 */
export const PERMISSIONS = {
  // in a workspace
  'workspace.read': everyone,
  'workspace.rename': moderators,
  'workspace.members.read': everyone,
  'workspace.members.write': moderators,
  'workspace.leave': everyone,
  'channel.list': everyone,
  'channel.create': writers,
  'channel.join': writers,
  'direct.open': writers,
  // in a channel
  'channel.read': everyone,
  'channel.rename': moderators,
  'members.read': everyone,
  'members.write': moderators,
  'channel.leave': everyone,
  'history.read': everyone,
  'message.send': writers,
  'message.edit': writers,
  'message.delete': writers,
  'reaction.add': writers,
  'reaction.remove': writers,
  'typing.send': writers,
  'receipts.write': everyone,
  'receipts.read': everyone,
  'presence.read': everyone,
  // in an installation
  'users.write': server,
  'sessions.end': server,
  'workspaces.put': server,
  'channels.put': server,
  'act.as': server,
} as const satisfies Record<string, readonly Standing[]>

export type Action = keyof typeof PERMISSIONS

/** True if somebody of this standing may do this. */
export const may = (standing: Standing, action: Action): boolean =>
  (PERMISSIONS[action] as readonly Standing[]).includes(standing)

const RANK: Record<Role, number> = { owner: 3, admin: 2, member: 1, read_only: 0 }

/**
 * True if `by` may give `next` to, or take membership from, somebody who has `current`: nobody reaches above
 * themselves, and only owners touch owners.
 */
export function mayChangeRole(
  by: Standing,
  current: Role | undefined,
  next: Role | undefined,
): boolean {
  if (by === 'server') return true
  if (by === 'stranger' || !may(by, 'members.write')) return false
  const reach = RANK[by]
  return (
    (current === undefined || RANK[current] <= reach) && (next === undefined || RANK[next] <= reach)
  )
}
