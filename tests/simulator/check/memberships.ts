import type { Role } from '@tidings/protocol'
import { channelName, userName } from '../run/names.js'
import type { World } from '../run/world.js'
import type { StoredChannel } from './stored.js'

/** Who is in a channel, and as what, by what its stream tells of it. */
export function rolesOf(
  channel: Pick<StoredChannel, 'view'>,
  before: ReadonlyMap<string, Role>,
): ReadonlyMap<string, Role> {
  const roles = new Map(before)
  for (const { event } of channel.view()) {
    if (event.type === 'member.joined') roles.set(event.user_id, event.role)
    else if (event.type === 'member.left') roles.delete(event.user_id)
    else if (event.type === 'channel.updated' && event.member !== undefined)
      roles.set(event.member.user_id, event.member.role)
  }
  return roles
}

/** R15: once everything has settled, the stream tells of the members that the directory has. */
export async function checkMemberships(world: World): Promise<void> {
  const { stored, violations, setting, directory } = world
  for (const [index, { members }] of setting.channels.entries()) {
    const channelId = channelName(index)
    const before = members.map((user) => [userName(user), user === 0 ? 'owner' : 'member'] as const)
    const told = rolesOf(stored.channel(channelId), new Map(before))
    const kept = await directory.current.members(channelId, { limit: 1_000 })
    const has = new Map(kept.map(({ userId, role }) => [userId, role]))
    for (const userId of new Set([...told.keys(), ...has.keys()])) {
      if (told.get(userId) === has.get(userId)) continue
      const where = `${userId} in ${channelId}: ${told.get(userId)}, not ${has.get(userId)}`
      violations.add('I8', 'the stream tells of other members than there are', where)
    }
  }
}
