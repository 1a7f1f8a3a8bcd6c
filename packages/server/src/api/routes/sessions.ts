import { rest } from '@tidings/protocol/schemas'
import { answered } from '../answers.js'
import type { ApiInstance } from '../app.js'
import { actorOf } from '../callers.js'
import type { ApiContext } from '../context.js'
import { answers } from '../openapi.js'

export function sessionRoutes(app: ApiInstance, { sessions }: ApiContext): void {
  app.delete(
    '/users/:user_id/sessions',
    {
      schema: {
        tags: ['users'],
        summary: 'End the live sessions of a user, and shut them out for a while (server key)',
        params: rest.userParams,
        querystring: rest.endSessionsQuery,
        response: answers(rest.done),
      },
    },
    async (request) => {
      const { device_id: deviceId, token_id: tokenId, refuse_for_ms: refuseForMs } = request.query
      const options = { deviceId, tokenId, refuseForMs }
      await sessions.end(actorOf(request), request.params.user_id, options)
      return answered(request, { ok: true as const })
    },
  )
}
