import type { FastifyRequest } from 'fastify'
import { notAdmitted } from '../auth/admission.js'
import { type Actor, OperationError, SERVER } from '../operations/actor.js'
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
    { key: `ip:${request.ip}`, limit: context.requestRatePerS * 10, windowMs: 10_000 },
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
  const identity = await context.authenticator.authenticate(token)
  const refusal = await notAdmitted(identity, context.revocation, context.environment.now())
  if (refusal !== undefined) throw new OperationError(refusal.code, refusal.message)
  return { kind: 'user', userId: identity.userId }
}
