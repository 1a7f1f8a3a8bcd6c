import { rest } from '@tidings/protocol/schemas'
import { answered } from '../answers.js'
import type { ApiInstance } from '../app.js'
import { actorOf } from '../callers.js'
import type { ApiContext } from '../context.js'
import { answers } from '../openapi.js'

const tags = ['channels']

export function channelRoutes(app: ApiInstance, { channels }: ApiContext): void {
  app.get(
    '/channels',
    {
      schema: {
        tags,
        summary: 'The channels of the user',
        querystring: rest.pageQuery,
        response: answers(rest.page(rest.channel)),
      },
    },
    async (request) => answered(request, await channels.listOwn(actorOf(request), request.query)),
  )

  app.get(
    '/workspaces/:workspace_id/channels',
    {
      schema: {
        tags,
        summary: 'The public channels of a workspace',
        params: rest.workspaceParams,
        querystring: rest.pageQuery,
        response: answers(rest.page(rest.channel)),
      },
    },
    async (request) =>
      answered(
        request,
        await channels.listPublic(actorOf(request), request.params.workspace_id, request.query),
      ),
  )

  app.post(
    '/workspaces/:workspace_id/channels',
    {
      schema: {
        tags,
        summary: 'Make a public or private channel',
        params: rest.workspaceParams,
        body: rest.createChannel,
        response: answers(rest.channel, 201),
      },
    },
    async (request, reply) => {
      const made = await channels.create(
        actorOf(request),
        request.params.workspace_id,
        request.body,
      )
      return reply.code(201).send(answered(request, made))
    },
  )

  app.put(
    '/workspaces/:workspace_id/channels/:channel_id',
    {
      schema: {
        tags,
        summary: 'Make a channel under an id of your own, or change its name (server key)',
        params: rest.workspaceChannelParams,
        body: rest.putChannel,
        response: answers(rest.channel),
      },
    },
    async (request) => {
      const { workspace_id, channel_id } = request.params
      const { name, kind, owner_id: ownerId } = request.body
      return answered(
        request,
        await channels.put(actorOf(request), workspace_id, channel_id, { name, kind, ownerId }),
      )
    },
  )

  app.put(
    '/workspaces/:workspace_id/direct',
    {
      schema: {
        tags,
        summary: 'Find or make the direct channel with a user',
        params: rest.workspaceParams,
        body: rest.directChannel,
        response: answers(rest.channel),
      },
    },
    async (request) => {
      const { user_id, with_user_id } = request.body
      return answered(
        request,
        await channels.openDirect(
          actorOf(request),
          request.params.workspace_id,
          user_id,
          with_user_id,
        ),
      )
    },
  )

  app.get(
    '/channels/:channel_id',
    {
      schema: {
        tags,
        summary: 'One channel',
        params: rest.channelParams,
        response: answers(rest.channel),
      },
    },
    async (request) =>
      answered(request, await channels.get(actorOf(request), request.params.channel_id)),
  )

  app.patch(
    '/channels/:channel_id',
    {
      schema: {
        tags,
        summary: 'Rename a channel',
        params: rest.channelParams,
        body: rest.patchChannel,
        response: answers(rest.channel),
      },
    },
    async (request) =>
      answered(
        request,
        await channels.rename(actorOf(request), request.params.channel_id, request.body.name),
      ),
  )
}
