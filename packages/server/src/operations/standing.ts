import { type Action, may, type Standing } from '../permissions/permissions.js'
import type { ChannelRecord, Directory } from '../ports/directory.js'
import type { Membership, MembershipCache } from '../ports/membership.js'
import { type Actor, OperationError } from './actor.js'

export interface StandingSources {
  readonly directory: Pick<Directory, 'workspace' | 'workspaceMember' | 'channels'>
  readonly cache: Pick<MembershipCache, 'get' | 'fresh'>
}

/** What is said of a workspace that is not there, and of one that is not the asker's: they are not told apart. */
export const workspaceNotThere = (): OperationError =>
  new OperationError('not_found', 'There is no such workspace for you.')

/** Checks that the actor may do this in this workspace; a stranger is told that it is not there. */
export async function authoriseInWorkspace(
  sources: StandingSources,
  actor: Actor,
  workspaceId: string,
  action: Action,
): Promise<Standing> {
  if (actor.kind === 'server') {
    if ((await sources.directory.workspace(workspaceId)) === undefined) throw workspaceNotThere()
    return 'server'
  }
  const member = await sources.directory.workspaceMember(workspaceId, actor.userId)
  if (member === undefined) throw workspaceNotThere()
  if (!may(member.role, action))
    throw new OperationError('forbidden', `As ${member.role} you may not do this.`)
  return member.role
}

/** The channel itself, for who may know of it. */
export async function channelRecord(
  { directory }: Pick<StandingSources, 'directory'>,
  channelId: string,
): Promise<ChannelRecord> {
  const [channel] = await directory.channels([channelId])
  if (channel === undefined) throw new OperationError('channel_not_found')
  return channel
}

export interface ChannelStanding {
  readonly standing: Standing
  /** Undefined for the server. */
  readonly membership: Membership | undefined
}

/** Checks that the actor may do this in this channel; who is no member is told that it is not there. */
export async function authoriseInChannel(
  sources: StandingSources,
  actor: Actor,
  channelId: string,
  action: Action,
): Promise<ChannelStanding> {
  if (actor.kind === 'server') {
    const [channel] = await sources.directory.channels([channelId])
    if (channel === undefined) throw new OperationError('channel_not_found')
    return { standing: 'server', membership: undefined }
  }
  const membership = await sources.cache.get(channelId, actor.userId)
  if (membership === undefined) throw new OperationError('channel_not_found')
  if (!may(membership.role, action)) {
    throw new OperationError('forbidden', `As ${membership.role} you may not do this.`)
  }
  return { standing: membership.role, membership }
}

/**
 * The same, once more, before what was read is answered: a removal may have been acknowledged while it was read, and
 * others have written (I8, R13).
 */
export async function authorisedStill(
  sources: StandingSources,
  actor: Actor,
  channelId: string,
  action: Action,
): Promise<Membership | undefined> {
  if (actor.kind === 'server') return undefined
  return (await authoriseInChannel(sources, actor, channelId, action)).membership
}

/** For what only the embedding platform may do. */
export function authoriseServer(actor: Actor, action: Action): void {
  if (!may(actor.kind === 'server' ? 'server' : 'stranger', action)) {
    throw new OperationError('forbidden', 'Only a server key may do this.')
  }
}
