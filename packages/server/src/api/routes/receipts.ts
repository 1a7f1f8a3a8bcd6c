import { rest } from '@tidings/protocol/schemas'
import { answered } from '../answers.js'
import type { ApiInstance } from '../app.js'
import { actorOf } from '../callers.js'
import type { ApiContext } from '../context.js'
import { answers } from '../openapi.js'

const tags = ['receipts']

export function receiptRoutes(app: ApiInstance, { receipts }: ApiContext): void {
  app.put(
    '/channels/:channel_id/receipts',
    {
      schema: {
        tags,
        summary: 'Say how far the user has read, or a device has got, the channel',
        params: rest.channelParams,
        body: rest.putReceipt,
        response: answers(rest.done),
      },
    },
    async (request) => {
      await receipts.put(actorOf(request), request.params.channel_id, request.body)
      return answered(request, { ok: true as const })
    },
  )

  app.get(
    '/channels/:channel_id/receipts',
    {
      schema: {
        tags,
        summary: 'How far the members are; of more than 1,000 only how many have a number',
        params: rest.channelParams,
        querystring: rest.receiptsQuery,
        response: answers(rest.receipts),
      },
    },
    async (request) =>
      answered(
        request,
        await receipts.list(actorOf(request), request.params.channel_id, request.query),
      ),
  )
}
