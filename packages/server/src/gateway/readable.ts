import type { Channel } from './channel.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'

export const isFollowing = (connection: Connection, channel: Channel): boolean =>
  connection.state === 'live' && connection.channels.has(channel)

/** The channel, if the connection follows it or its user may: then it does from here on. */
export async function readableChannel(
  core: Core,
  connection: Connection,
  channelId: string,
): Promise<Channel | undefined> {
  const followed = core.channels.get(channelId)
  if (followed !== undefined && connection.channels.has(followed)) return followed
  const { user } = connection
  if (user === undefined) return undefined
  if ((await core.parts.memberships.get(channelId, user.userId)) === undefined) return undefined
  await core.memberships.reconcile(user, channelId)
  const channel = core.channels.get(channelId)
  return channel !== undefined && connection.channels.has(channel) ? channel : undefined
}

/** P-47: only a public channel of one's own workspace is known to be there. */
export async function refusalOf(
  core: Core,
  connection: Connection,
  channelId: string,
): Promise<'not_in_channel' | 'channel_not_found'> {
  const { directory } = core.parts
  const [record] = await directory.channels([channelId])
  const userId = connection.identity?.userId
  if (record?.kind !== 'public' || userId === undefined) return 'channel_not_found'
  const colleague = await directory.workspaceMember(record.workspaceId, userId)
  return colleague === undefined ? 'channel_not_found' : 'not_in_channel'
}
