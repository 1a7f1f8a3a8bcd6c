import type { FastifyRequest } from 'fastify'
import { notAdmitted } from '../auth/admission.js'
import type { Identity } from '../auth/port.js'
import { withDeadline } from '../environment/deadline.js'
import { networkOf } from '../environment/network.js'
import { type Actor, OperationError, SERVER } from '../operations/actor.js'
import { operationErrorOf } from '../operations/errors.js'
import type { ApiInstance } from './app.js'
import type { ApiContext } from './context.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answered without a token. Everything else is denied without one. */
    readonly public?: boolean
  }
  interface FastifyRequest {
    actor: Actor | undefined
  }
}

/** Who called, of a route that is not public. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === undefined) throw new OperationError('unauthorized')
  return request.actor
}

/** Limits by address first, then asks for a token or a server key. */
export function identifyCallers(app: ApiInstance, context: ApiContext): void {
  app.decorateRequest('actor', undefined)
  app.addHook('onRequest', async (request) => {
    await limitAddress(request, context)
    if (request.routeOptions.config.public === true || request.is404) return
    request.actor = await identify(request, context)
  })
}

async function limitAddress(request: FastifyRequest, context: ApiContext): Promise<void> {
  if (context.requestRatePerS === 0) return
  const verdict = await context.limiter.take([
    { key: `ip:${networkOf(request.ip)}`, limit: context.requestRatePerS * 10, windowMs: 10_000 },
  ])
  if (!verdict.ok)
    throw new OperationError('rate_limited', undefined, { retryAfterMs: verdict.retryAfterMs })
}

async function identify(request: FastifyRequest, context: ApiContext): Promise<Actor> {
  const [scheme, token, ...rest] = (request.headers.authorization ?? '').split(' ')
  if (
    scheme?.toLowerCase() !== 'bearer' ||
    token === undefined ||
    token === '' ||
    rest.length > 0
  ) {
    throw new OperationError('unauthorized', 'Send the token as Authorization: Bearer.')
  }
  if (context.serverKeys.matches(token)) return SERVER
  const identity = await identityOf(token, request, context)
  const refusal = await notAdmitted(identity, context.revocation, context.environment.now())
  if (refusal !== undefined) throw new OperationError(refusal.code, refusal.message)
  return { kind: 'user', userId: identity.userId }
}

/** Whoever checks tokens may be away: then the caller may try again, as over a socket. */
async function identityOf(
  token: string,
  request: FastifyRequest,
  { authenticator, authenticateTimeoutMs, environment }: ApiContext,
): Promise<Identity> {
  try {
    return await withDeadline(environment, authenticator.authenticate(token), authenticateTimeoutMs)
  } catch (cause) {
    const known = operationErrorOf(cause)
    if (known !== undefined && known.code !== 'unavailable') throw known
    request.log.error({ err: cause }, 'a token could not be checked')
    const details = { retryAfterMs: 1_000, outcome: 'not_sent', cause } as const
    throw new OperationError('unavailable', undefined, details)
  }
}
