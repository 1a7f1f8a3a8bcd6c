import { write } from '../envelopes.js'
import { expiry } from '../hello.js'
import { answerError, echoOf } from '../inbound.js'
import type { Handler } from './index.js'

/** A new token in place of the old one, without a reconnect; one of another user ends the connection (P-70). */
export const authRefresh: Handler<'auth.refresh'> = async (core, connection, frame) => {
  if (connection.refreshing) {
    return answerError(core, connection, 'rate_limited', {
      ...echoOf(frame),
      message: 'One token at a time.',
      retryAfterMs: 1_000,
    })
  }
  connection.refreshing = true
  const authenticated = await core.authentication.checkInTime(frame.token)
  connection.refreshing = false
  if (connection.state !== 'live') return
  if (!authenticated.ok) {
    const { refusal } = authenticated
    // the old token still holds: only a verdict on the new one ends the connection
    if (refusal.code === 'unavailable') {
      return answerError(core, connection, refusal.code, { ...echoOf(frame), ...refusal })
    }
    return core.connections.refuse(connection, { ...refusal, ...echoOf(frame) })
  }
  if (authenticated.identity.userId !== connection.identity?.userId) {
    return core.connections.refuse(connection, { code: 'user_changed', ...echoOf(frame) })
  }
  core.connections.identified(connection, authenticated.identity)
  connection.tell(
    write({
      type: 'auth.refreshed',
      ...(frame.ref !== undefined && { ref: frame.ref }),
      ...expiry(connection.expiresAt - core.environment.monotonicNow()),
    }),
  )
}
