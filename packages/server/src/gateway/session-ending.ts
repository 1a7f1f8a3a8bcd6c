import { CLOSE } from '@tidings/protocol'
import type { Identity } from '../auth/port.js'
import type { SessionEnding } from '../ports/push.js'
import type { Connection } from './connection.js'
import type { Core } from './core.js'

/** A token that does not say when it ends stays revoked for so long. */
const UNKNOWN_LIFE_MS = 30 * 24 * 60 * 60 * 1000

/**
 * Ends sessions at once: logout, a ban, a revoked token. The tokens that they came with let nobody in any more, as
 * far as these have an id. Rejects when that could not be noted: the sessions have ended all the same.
 */
export async function endSessions(core: Core, ending: SessionEnding): Promise<void> {
  core.parts.authenticator.forget?.(ending.userId)
  const ended = endThose(core, ending)
  if (ended.length === 0) return
  await revoke(core, ended)
  // who came back by such a token before it was revoked
  endThose(core, ending)
}

/** As whom those came in that were ended. */
function endThose(core: Core, ending: SessionEnding): readonly Identity[] {
  const ended: Identity[] = []
  for (const connection of [...core.connections]) {
    const { identity, greeting } = connection
    if (identity !== undefined) {
      if (end(core, connection, identity, ending)) ended.push(identity)
      continue
    }
    // its token is being looked at: it ends as soon as it is known whose it is
    void greeting?.authenticated?.then((authenticated) => {
      if (!authenticated.ok || !end(core, connection, authenticated.identity, ending)) return
      revoke(core, [authenticated.identity]).catch((error: unknown) =>
        core.failed(error, 'revoking a token'),
      )
    })
  }
  return ended
}

function end(
  core: Core,
  connection: Connection,
  identity: Identity,
  { userId, deviceId, tokenId, reason }: SessionEnding,
): boolean {
  if (connection.state === 'closed' || identity.userId !== userId) return false
  if (deviceId !== undefined && connection.deviceId !== deviceId) return false
  if (tokenId !== undefined && identity.tokenId !== tokenId) return false
  if (reason === 'ended') core.connections.close(connection, CLOSE.ended, 'session ended')
  else core.connections.refuse(connection, { code: 'forbidden' })
  return true
}

async function revoke(core: Core, identities: readonly Identity[]): Promise<void> {
  const { environment, parts } = core
  const latest = environment.now() + UNKNOWN_LIFE_MS
  await Promise.all(
    identities.map(async ({ tokenId, expiresAt = latest }) => {
      if (tokenId !== undefined) await parts.revocation.revoke(tokenId, expiresAt)
    }),
  )
}
