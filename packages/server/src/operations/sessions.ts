import { userRevocation } from '../auth/admission.js'
import type { ServerEnvironment } from '../ports/environment.js'
import type { TokenRevocation } from '../ports/limits.js'
import type { PushBus } from '../ports/push.js'
import { type Actor, OperationError } from './actor.js'
import { authoriseServer } from './standing.js'

export interface SessionOperationsOptions {
  readonly environment: Pick<ServerEnvironment, 'now'>
  readonly revocation: Pick<TokenRevocation, 'revoke'>
  readonly bus: Pick<PushBus, 'living' | 'endSessions'>
}

export interface EndSessions {
  readonly deviceId?: string | undefined
  readonly tokenId?: string | undefined
  /** How long the user is not let in, whichever token they bring. Milliseconds. */
  readonly refuseForMs?: number | undefined
}

/** A token whose session is not live may last so long. */
const UNKNOWN_LIFE_MS = 30 * 24 * 60 * 60 * 1000

/** Ends what users have open: at logout, when a token was stolen, when somebody is shut out. */
export function createSessionOperations(options: SessionOperationsOptions) {
  const { environment, revocation, bus } = options
  return {
    /** Resolves when no such session is left in any process. Rejects with `unavailable` where that is not known. */
    async end(
      actor: Actor,
      userId: string,
      { deviceId, tokenId, refuseForMs = 0 }: EndSessions,
    ): Promise<void> {
      authoriseServer(actor, 'sessions.end')
      const refuses = refuseForMs > 0
      if (refuses && (deviceId !== undefined || tokenId !== undefined)) {
        const message =
          'refuse_for_ms: refuses the whole user, so it goes without a device or token'
        throw new OperationError('invalid_frame', message)
      }
      const now = environment.now()
      try {
        // first the way in, then who is in: nobody slips through between
        if (tokenId !== undefined) await revocation.revoke(tokenId, now + UNKNOWN_LIFE_MS)
        if (refuses) await revocation.revoke(userRevocation(userId), now + refuseForMs)
        const ending = {
          userId,
          ...(deviceId !== undefined && { deviceId }),
          ...(tokenId !== undefined && { tokenId }),
          reason: refuses ? ('forbidden' as const) : ('ended' as const),
        }
        const processes = await bus.living()
        await Promise.all(processes.map((processId) => bus.endSessions(processId, ending)))
      } catch (cause) {
        throw new OperationError('unavailable', undefined, { retryAfterMs: 1_000, cause })
      }
    },
  }
}

export type SessionOperations = ReturnType<typeof createSessionOperations>
