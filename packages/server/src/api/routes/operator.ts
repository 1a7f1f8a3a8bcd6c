import * as z from 'zod/mini'
import type { ApiInstance } from '../app.js'
import type { ApiContext } from '../context.js'

const tags = ['operator']
const health = z.object({
  status: z.enum(['ok', 'unavailable']),
  checks: z.optional(z.record(z.string(), z.string())),
})

/** Something is away without which the work goes on, with less comfort. */
const isDegraded = (check: string): boolean => check.startsWith('degraded')

/** What an operator's tools ask: is it alive, is it ready, what does it count. No token, no content. */
export function operatorRoutes(
  app: ApiInstance,
  context: Pick<ApiContext, 'health' | 'metrics'>,
): void {
  app.get(
    '/healthz',
    {
      schema: {
        tags,
        summary: 'Alive: the event loop answers',
        security: [],
        response: { 200: health },
      },
    },
    async () => ({ status: 'ok' as const }),
  )
  app.get(
    '/readyz',
    {
      schema: {
        tags,
        summary: 'Ready: it can do its work; says of each dependency how it is',
        security: [],
        response: { 200: health, 503: health },
      },
    },
    async (_request, reply) => {
      const checks = await context.health()
      const ready = Object.values(checks).every((check) => check === 'ok' || isDegraded(check))
      return reply
        .code(ready ? 200 : 503)
        .send({ status: ready ? 'ok' : 'unavailable', checks: { ...checks } })
    },
  )
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    const { contentType, body } = await context.metrics()
    return reply.type(contentType).send(body)
  })
}
