import type { World } from '../run/world.js'
import type { Life } from '../world/life.js'

/** What the server could not read at once it reads again by then. */
const LISTED_WITHIN_MS = 15_000
const LOOK_EVERY_MS = 250

/** What a member should be shown of a channel. */
interface Shown {
  readonly role: string
  readonly name: string
  readonly headSeq: number
  readonly messageCount: number
}

/** P-29, P-31: the list that an application keeps by what it is told has the channels that the directory has. */
export async function checkLists(world: World): Promise<void> {
  const { scheduler, violations } = world
  const untilMs = scheduler.nowMs + LISTED_WITHIN_MS
  for (;;) {
    const wrong = await wrongLists(world)
    if (wrong.length > 0 && scheduler.nowMs < untilMs) {
      await scheduler.run(scheduler.nowMs + LOOK_EVERY_MS)
      continue
    }
    for (const one of wrong) violations.add('P-29', 'a list of channels is not as they are', one)
    return
  }
}

async function wrongLists(world: World): Promise<readonly string[]> {
  const wrong: string[] = []
  const users = new Map<string, ReadonlyMap<string, Shown>>()
  for (const tab of world.tabs) {
    const life = world.alive(tab)
    if (life?.list === undefined) continue
    const has = users.get(life.userId) ?? (await channelsOf(world, life.userId))
    users.set(life.userId, has)
    wrong.push(...compare(life, life.list.channels, has))
    for (const channelId of life.list.untold) {
      wrong.push(`${life.name} ${channelId}: changed, and never added`)
    }
    if (!life.list.isRead) wrong.push(`${life.name}: the list could not be read`)
  }
  return wrong
}

async function channelsOf(world: World, userId: string): Promise<ReadonlyMap<string, Shown>> {
  const { directory, stored } = world
  const memberships = await directory.current.membershipsOf(userId)
  const records = await directory.current.channels(memberships.map(({ channelId }) => channelId))
  return new Map(
    memberships.map(({ channelId, role }, i) => {
      const channel = stored.channel(channelId)
      const messageCount = channel.at(channel.head)?.event.message_count ?? 0
      return [
        channelId,
        { role, name: records[i]?.name ?? '', headSeq: channel.head, messageCount },
      ]
    }),
  )
}

function compare(
  life: Life,
  list: ReadonlyMap<string, Partial<Shown>>,
  has: ReadonlyMap<string, Shown>,
): readonly string[] {
  return [...new Set([...list.keys(), ...has.keys()])].flatMap((channelId) => {
    const shown = textOf(list.get(channelId))
    const is = textOf(has.get(channelId))
    return shown === is ? [] : [`${life.name} ${channelId}: ${shown}, not ${is}`]
  })
}

const textOf = (one: Partial<Shown> | undefined): string =>
  one === undefined
    ? 'none'
    : `${one.role} of "${one.name ?? ''}" at ${one.headSeq} with ${one.messageCount}`
