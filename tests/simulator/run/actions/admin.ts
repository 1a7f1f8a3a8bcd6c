import { SERVER } from '../../../../packages/server/src/operations/actor.js'
import type { CommandDraft } from '../../../../packages/server/src/operations/messages.js'
import type { AdminStep, Opening } from '../../plan/steps.js'
import { channelName, userName, WORKSPACE } from '../names.js'
import type { World } from '../world.js'

interface Asked {
  /** Counts the changes that were asked for: an older one says nothing any more. */
  count: number
  /** A removal was asked for, and nobody knows yet what came of it. */
  isLeaving: boolean
  /** Changes under way that say that they are a member: one that lands behind a removal makes them one again. */
  joins: number
}

/** By channel and user. */
const memberships = new WeakMap<World, Map<string, Asked>>()

/** What the embedding platform does through the server, while that is up. */
export function adminAction(world: World, step: AdminStep): void {
  const core = world.server.core
  if (core === undefined) return
  const channelId = channelName(step.channel)
  const failed = (error: unknown): void =>
    world.trace.add(`${step.do} failed: ${error instanceof Error ? error.message : String(error)}`)
  switch (step.do) {
    case 'make': {
      const ownerId = userName(step.user)
      const kind = world.setting.channels[step.channel]?.kind
      world.access.joining(channelId, ownerId, 1)
      openAfter(world, channelId, ownerId, step.opens)
      core.channels
        .put(SERVER, WORKSPACE, channelId, { name: step.name, kind, ownerId })
        .then(() => world.coverage.hit('channel_made'), failed)
      return
    }
    case 'remove': {
      const userId = userName(step.user)
      const isNewest = begin(world, channelId, userId, true)
      world.access.leaving(channelId, userId)
      const removed = (): void => {
        if (!isNewest()) return
        world.trace.add(`${userId} is out of ${channelId}`)
        world.access.removed(channelId, userId, lastSeqOf(world, channelId, userId))
        world.coverage.hit('member_removed')
      }
      core.channels.removeMember(SERVER, channelId, userId, step.ban).then(removed, failed)
      return
    }
    case 'add': {
      const userId = userName(step.user)
      const wasOut = world.access.of(channelId, userId).status === 'out'
      // who is a member keeps the history that they have
      const fromNow = step.fromNow && wasOut
      begin(world, channelId, userId, false)
      openAfter(world, channelId, userId, step.opens)
      const one = asked(world, channelId, userId)
      one.joins += 1
      const visibleFromSeq = fromNow ? world.stored.channel(channelId).head + 1 : 1
      world.access.joining(channelId, userId, visibleFromSeq)
      core.channels
        .putMember(SERVER, channelId, userId, {
          role: 'member',
          ...(fromNow && { visibleFromSeq }),
        })
        .then(() => {
          if (wasOut) world.coverage.hit('member_added_again')
          if (fromNow) world.coverage.hit('member_without_history')
        }, failed)
        .then(() => {
          one.joins -= 1
        })
      return
    }
    case 'role': {
      const userId = userName(step.user)
      // a role is given to a member; who is none is not made one by the way
      if (world.access.of(channelId, userId).status === 'out') return
      const one = asked(world, channelId, userId)
      if (one.isLeaving) return
      one.joins += 1
      core.channels
        .putMember(SERVER, channelId, userId, { role: step.role })
        .then(() => world.coverage.hit('role_changed'), failed)
        .then(() => {
          one.joins -= 1
        })
      return
    }
    case 'rename':
      core.channels
        .rename(SERVER, channelId, step.name)
        .then(() => world.coverage.hit('channel_renamed'), failed)
      return
    case 'send_as': {
      const { process } = world.server
      const text = step.text
      core.messages
        .submit(
          SERVER,
          userName(step.user),
          { type: 'message.send', channel_id: channelId, text } as CommandDraft,
          { requestId: `admin ${text}` },
        )
        .catch((error: unknown) => {
          if (process?.isDead === false) failed(error)
        })
    }
  }
}

function openAfter(
  world: World,
  channelId: string,
  userId: string,
  opens: readonly Opening[] = [],
): void {
  for (const { tab, afterMs } of opens) {
    world.directory.onJoin(channelId, userId, () =>
      world.scheduler.after(afterMs, () => {
        const place = world.tabs[tab]
        const life = place && world.alive(place)
        if (life?.page.isFrozen === false) life.open(channelId)
      }),
    )
  }
}

function asked(world: World, channelId: string, userId: string): Asked {
  const all = memberships.get(world) ?? new Map<string, Asked>()
  memberships.set(world, all)
  const key = `${channelId}\n${userId}`
  const one = all.get(key) ?? { count: 0, isLeaving: false, joins: 0 }
  all.set(key, one)
  return one
}

function begin(world: World, channelId: string, userId: string, isLeaving: boolean): () => boolean {
  const one = asked(world, channelId, userId)
  one.count += 1
  one.isLeaving = isLeaving
  const mine = one.count
  const isAlone = one.joins === 0
  return () => one.count === mine && isAlone
}

/** The number of the newest event that ended this membership. */
function lastSeqOf(world: World, channelId: string, userId: string): number {
  const channel = world.stored.channel(channelId)
  for (let seq = channel.head; seq > 0; seq--) {
    const event = channel.at(seq)?.event
    if (event?.type === 'member.left' && event.user_id === userId) return seq
  }
  return 0
}
