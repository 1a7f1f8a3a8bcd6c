import type { Life } from '../world/life.js'
import { channelName } from './names.js'
import type { World } from './world.js'

/** What was held up by a stalled line, and what is pulled because of it, is there so long after. */
const AFTER_STALL_MS = 2_000

/** What is still under way, in words; undefined when the world has come to rest. */
export async function isSettled(world: World): Promise<string | undefined> {
  const { server, directory, log } = world
  if (!server.isUp) return 'the server is down'
  const changed = await directory.current.outboxChannels({ limit: 1 })
  if (changed.length > 0) return 'a change of the directory is not in the stream'
  const lag = await log.controls.log.lag()
  if (lag.some((records) => records > 0)) return 'commands are not committed'
  for (const tab of world.tabs) {
    if (tab.isAbsent) continue
    const life = world.alive(tab)
    if (life === undefined) return `tab ${tab.index} is not open`
    const { client, name } = life
    if (client.status !== 'connected') return `${name} is ${client.status}`
    const waiting = client.outbox.list().find(({ state }) => state === 'pending')
    if (waiting !== undefined) return `${name} has ${waiting.clientMsgId} in its outbox`
    for (const index of world.setting.channels.keys()) {
      const open = await openChannel(world, channelName(index), tab.index)
      if (open !== undefined) return open
    }
  }
  return undefined
}

async function openChannel(
  world: World,
  channelId: string,
  tab: number,
): Promise<string | undefined> {
  const life = world.tabs[tab]?.lives.at(-1)
  const told = life?.told.get(channelId)
  if (life === undefined || told?.isOpen !== true) return undefined
  // no number that it was told says how far it is
  if (told.position === undefined && isCutOff(world, life)) {
    return `${life.name} ${channelId} is behind a line that stalls or has ended`
  }
  const { state } = life.channel(channelId)
  const member = await world.directory.current.membership(channelId, life.userId)
  if (member === undefined) {
    return state === 'removed' || told.position === undefined
      ? undefined
      : `${life.name} does not know that it is out of ${channelId}`
  }
  if (state !== 'live') return `${life.name} ${channelId} is ${state}`
  const { head } = world.stored.channel(channelId)
  if (told.position !== undefined && told.position !== head) {
    return `${life.name} ${channelId} is at ${told.position} of ${head}`
  }
  return undefined
}

/** Whether what the server wrote a while ago may not be there yet, of which the client itself need not know. */
function isCutOff({ lines, scheduler }: World, { page }: Life): boolean {
  const line = lines.of(page)
  return line === undefined || scheduler.nowMs < line.stalledUntilMs + AFTER_STALL_MS
}
