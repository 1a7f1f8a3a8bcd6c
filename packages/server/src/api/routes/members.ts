import { rest } from '@tidings/protocol/schemas'
import { answered } from '../answers.js'
import type { ApiInstance } from '../app.js'
import { actorOf } from '../callers.js'
import type { ApiContext } from '../context.js'
import { answers } from '../openapi.js'

const tags = ['members']

export function memberRoutes(app: ApiInstance, { channels }: ApiContext): void {
  app.get(
    '/channels/:channel_id/members',
    {
      schema: {
        tags,
        summary: 'Who is in a channel',
        params: rest.channelParams,
        querystring: rest.pageQuery,
        response: answers(rest.page(rest.member)),
      },
    },
    async (request) =>
      answered(
        request,
        await channels.members(actorOf(request), request.params.channel_id, request.query),
      ),
  )

  app.post(
    '/channels/:channel_id/join',
    {
      schema: {
        tags,
        summary: 'Join a public channel',
        params: rest.channelParams,
        response: answers(rest.member),
      },
    },
    async (request) =>
      answered(request, await channels.join(actorOf(request), request.params.channel_id)),
  )

  app.put(
    '/channels/:channel_id/members/:user_id',
    {
      schema: {
        tags,
        summary: 'Add a member, or change their role',
        params: rest.channelMemberParams,
        body: rest.putMember,
        response: answers(rest.member),
      },
    },
    async (request) => {
      const { channel_id, user_id } = request.params
      const { role, visible_from_seq: visibleFromSeq } = request.body
      return answered(
        request,
        await channels.putMember(actorOf(request), channel_id, user_id, { role, visibleFromSeq }),
      )
    },
  )

  app.delete(
    '/channels/:channel_id/members/:user_id',
    {
      schema: {
        tags,
        summary: 'Remove a member, or leave; answered when nothing more reaches them',
        params: rest.channelMemberParams,
        querystring: rest.removeMemberQuery,
        response: answers(rest.done),
      },
    },
    async (request) => {
      const { channel_id, user_id } = request.params
      await channels.removeMember(actorOf(request), channel_id, user_id, request.query.ban)
      return answered(request, { ok: true as const })
    },
  )
}
