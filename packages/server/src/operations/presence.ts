import type { PresenceStatus, RestPage, RestUserPresence } from '@tidings/protocol'
import type { EphemeralOut } from '../ephemeral/outbound.js'
import type { Directory } from '../ports/directory.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { Presence } from '../ports/presence.js'
import { type Actor, OperationError } from './actor.js'
import { pageOf, readCursor } from './paging.js'
import { authorisedStill, authoriseInChannel, type StandingSources } from './standing.js'
import type { PageRequest } from './workspaces.js'

export interface PresenceOperationsOptions extends StandingSources {
  readonly environment: Pick<ServerEnvironment, 'now'>
  readonly directory: Directory
  readonly ephemeral: Pick<EphemeralOut, 'send'>
  /** Left out: it is not served. */
  readonly presence: Presence | undefined
  readonly showLastSeen: boolean
}

/** Who is there, for clients without a socket. */
export function createPresenceOperations(options: PresenceOperationsOptions) {
  const { directory, environment, showLastSeen } = options

  function served(): Presence {
    if (options.presence !== undefined) return options.presence
    throw new OperationError('unavailable', 'Presence is not served here.')
  }

  async function asked<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (cause) {
      const message = 'Presence cannot be told now.'
      throw new OperationError('unavailable', message, { cause, retryAfterMs: 1_000 })
    }
  }

  return {
    /** Counts as one more device of the user, until it says otherwise or says nothing any more. */
    async put(actor: Actor, status: PresenceStatus, deviceId = ''): Promise<void> {
      if (actor.kind === 'server') {
        throw new OperationError('forbidden', 'A server key belongs to no user.')
      }
      const note = { userId: actor.userId, status, seenAt: environment.now() }
      const changes = await asked(served().note(`http:${deviceId}`, [note]))
      for (const { userId, status: now, lastSeen } of changes) {
        const memberships = await directory.membershipsOf(userId)
        const isShown = now === 'offline' && lastSeen !== undefined && showLastSeen
        options.ephemeral.send({
          kind: 'presence',
          userId,
          status: now,
          ...(isShown && { lastSeen }),
          channelIds: memberships.map(({ channelId }) => channelId),
        })
      }
    },

    async list(
      actor: Actor,
      channelId: string,
      page: PageRequest,
    ): Promise<RestPage<RestUserPresence>> {
      await authoriseInChannel(options, actor, channelId, 'presence.read')
      const after = readCursor(page.cursor)
      const members = await directory.members(channelId, {
        limit: page.limit + 1,
        ...(after !== undefined && { after }),
      })
      const read = await asked(served().read(members.map(({ userId }) => userId)))
      await authorisedStill(options, actor, channelId, 'presence.read')
      const users = read.map(({ userId, status, lastSeen }) => ({
        user_id: userId,
        status,
        ...(status === 'offline' && showLastSeen && lastSeen !== undefined
          ? { last_seen: lastSeen }
          : {}),
      }))
      return pageOf(users, page.limit, (user) => user.user_id)
    },
  }
}

export type PresenceOperations = ReturnType<typeof createPresenceOperations>
