import type { UserPresence } from '@tidings/protocol'
import { LIMITS } from '@tidings/protocol'
import { presentest } from '../ports/presence.js'
import type { PresencePush } from '../ports/push.js'
import type { Channel } from './channel.js'
import type { Core } from './core.js'

/**
 * Who of these is there, with the members of the channel alone (I8). What is told while it is read counts more than
 * what was read, and who leaves meanwhile is not named. Without the engine it is what this gateway sees itself.
 * Rejects when memberships cannot be read.
 */
export async function presenceIn(
  core: Core,
  channel: Channel,
  userIds: readonly string[] | undefined,
): Promise<readonly UserPresence[]> {
  const told = new Map<string, PresencePush>()
  const changed = new Set<string>()
  const reading = { channel, told, changed }
  core.ephemeral.readings.add(reading)
  try {
    const members = await membersAmong(core, channel.channelId, userIds)
    const read = await readAll(core, members)
    const gone = await goneAmong(core, channel.channelId, new Set(members), changed)
    return members.flatMap((userId, i) => {
      if (gone.has(userId)) return []
      const latest = told.get(userId) ?? read[i]
      const status = presentest(latest?.status ?? 'offline', core.presence.here(userId))
      const lastSeen = status === 'offline' && core.options.showLastSeen && latest?.lastSeen
      return [{ user_id: userId, status, ...(lastSeen && { last_seen: lastSeen }) }]
    })
  } finally {
    core.ephemeral.readings.delete(reading)
  }
}

async function membersAmong(
  core: Core,
  channelId: string,
  userIds: readonly string[] | undefined,
): Promise<readonly string[]> {
  const { directory, memberships } = core.parts
  if (userIds === undefined) {
    const members = await directory.members(channelId, { limit: LIMITS.presenceUsersMax })
    return members.map(({ userId }) => userId)
  }
  const asked = [...new Set(userIds)]
  const found = await Promise.all(asked.map((userId) => memberships.get(channelId, userId)))
  return asked.filter((_, i) => found[i] !== undefined)
}

/** Who of those named is no member any more. Their leaving is told by now, and would be undone by naming them. */
async function goneAmong(
  core: Core,
  channelId: string,
  named: ReadonlySet<string>,
  changed: Set<string>,
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>()
  // whose membership changes once more is looked at once more
  for (const userId of changed) {
    changed.delete(userId)
    if (!named.has(userId)) continue
    const membership = await core.parts.memberships.get(channelId, userId)
    if (membership === undefined) gone.add(userId)
    else gone.delete(userId)
  }
  return gone
}

async function readAll(core: Core, userIds: readonly string[]) {
  try {
    return (await core.parts.presence?.read(userIds)) ?? []
  } catch (error) {
    core.failed(error, 'reading presence')
    return []
  }
}
