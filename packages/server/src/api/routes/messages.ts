import { rest } from '@tidings/protocol/schemas'
import { answered } from '../answers.js'
import type { ApiInstance } from '../app.js'
import { actorOf } from '../callers.js'
import type { ApiContext } from '../context.js'
import { answers } from '../openapi.js'
import { requestOf } from '../tracing.js'

const tags = ['messages']

export function messageRoutes(app: ApiInstance, { messages, history }: ApiContext): void {
  app.post(
    '/channels/:channel_id/messages',
    {
      schema: {
        tags,
        summary: 'Send a message; answered when it is durable',
        params: rest.channelParams,
        body: rest.postMessage,
        response: answers(rest.sent, 201),
      },
    },
    async (request, reply) => {
      const { user_id, ...fields } = request.body
      const draft = {
        type: 'message.send' as const,
        channel_id: request.params.channel_id,
        ...fields,
      }
      const sent = await messages.submit(actorOf(request), user_id, draft, requestOf(request))
      return reply.code(201).send(answered(request, sent))
    },
  )

  app.get(
    '/channels/:channel_id/messages',
    {
      schema: {
        tags,
        summary: 'A page of history, stating what it covers',
        params: rest.channelParams,
        querystring: rest.historyQuery,
        response: answers(rest.history),
      },
    },
    async (request) => {
      const { before, after, around, from_time: fromTime, only, limit } = request.query
      const page = await history.read(actorOf(request), request.params.channel_id, {
        before,
        after,
        around,
        fromTime,
        onlyMessages: only === 'messages',
        limit,
      })
      return answered(request, page)
    },
  )

  app.patch(
    '/channels/:channel_id/messages/:seq',
    {
      schema: {
        tags,
        summary: 'Edit a message',
        params: rest.messageParams,
        body: rest.patchMessage,
        response: answers(rest.sent),
      },
    },
    async (request) => {
      const { user_id, message_id, ...fields } = request.body
      const draft = {
        type: 'message.edit' as const,
        channel_id: request.params.channel_id,
        target_seq: request.params.seq,
        target_message_id: message_id,
        ...fields,
      }
      return answered(
        request,
        await messages.submit(actorOf(request), user_id, draft, requestOf(request)),
      )
    },
  )

  app.delete(
    '/channels/:channel_id/messages/:seq',
    {
      schema: {
        tags,
        summary: 'Delete a message',
        params: rest.messageParams,
        querystring: rest.targetQuery,
        response: answers(rest.sent),
      },
    },
    async (request) => {
      const { user_id, message_id, ...fields } = request.query
      const draft = {
        type: 'message.delete' as const,
        channel_id: request.params.channel_id,
        target_seq: request.params.seq,
        target_message_id: message_id,
        ...fields,
      }
      return answered(
        request,
        await messages.submit(actorOf(request), user_id, draft, requestOf(request)),
      )
    },
  )

  for (const [method, type, summary] of [
    ['PUT', 'reaction.add', 'React to a message'],
    ['DELETE', 'reaction.remove', 'Take a reaction back'],
  ] as const) {
    app.route({
      method,
      url: '/channels/:channel_id/messages/:seq/reactions/:emoji',
      schema: {
        tags,
        summary,
        params: rest.reactionParams,
        querystring: rest.targetQuery,
        response: answers(rest.sent),
      },
      handler: async (request) => {
        const { user_id, message_id, ...fields } = request.query
        const draft = {
          type,
          channel_id: request.params.channel_id,
          target_seq: request.params.seq,
          target_message_id: message_id,
          emoji: request.params.emoji,
          ...fields,
        }
        return answered(
          request,
          await messages.submit(actorOf(request), user_id, draft, requestOf(request)),
        )
      },
    })
  }
}
