import { rest } from '@tidings/protocol/schemas'
import { answered } from '../answers.js'
import type { ApiInstance } from '../app.js'
import { actorOf } from '../callers.js'
import type { ApiContext } from '../context.js'
import { answers } from '../openapi.js'

const tags = ['presence']

export function presenceRoutes(app: ApiInstance, { presence }: ApiContext): void {
  app.put(
    '/presence',
    {
      schema: {
        tags,
        summary: 'Say that a device without a socket is there; it counts for 45 seconds',
        body: rest.putPresence,
        response: answers(rest.done),
      },
    },
    async (request) => {
      const { status, device_id: deviceId } = request.body
      await presence.put(actorOf(request), status, deviceId)
      return answered(request, { ok: true as const })
    },
  )

  app.get(
    '/channels/:channel_id/presence',
    {
      schema: {
        tags,
        summary: 'Who of the members is there',
        params: rest.channelParams,
        querystring: rest.pageQuery,
        response: answers(rest.page(rest.userPresence)),
      },
    },
    async (request) =>
      answered(
        request,
        await presence.list(actorOf(request), request.params.channel_id, request.query),
      ),
  )
}
