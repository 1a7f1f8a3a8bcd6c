import { rest } from '@tidings/protocol/schemas'
import { answered } from '../answers.js'
import type { ApiInstance } from '../app.js'
import { actorOf } from '../callers.js'
import type { ApiContext } from '../context.js'
import { answers } from '../openapi.js'

const tags = ['workspaces']

export function workspaceRoutes(app: ApiInstance, { workspaces, directory }: ApiContext): void {
  app.get(
    '/me',
    {
      schema: { tags: ['users'], summary: 'Who the token speaks for', response: answers(rest.me) },
    },
    async (request) => {
      const actor = actorOf(request)
      const userId = actor.kind === 'user' ? actor.userId : 'server'
      const [user] = actor.kind === 'user' ? await directory.users([userId]) : []
      return answered(request, { user_id: userId, name: user?.name ?? userId })
    },
  )

  app.put(
    '/users/:user_id',
    {
      schema: {
        tags: ['users'],
        summary: 'Make a user of the platform known (server key)',
        params: rest.userParams,
        body: rest.putUser,
        response: answers(rest.user),
      },
    },
    async (request) =>
      answered(
        request,
        await workspaces.putUser(actorOf(request), request.params.user_id, request.body.name),
      ),
  )

  app.get(
    '/workspaces',
    {
      schema: {
        tags,
        summary: 'The workspaces of the user',
        querystring: rest.pageQuery,
        response: answers(rest.page(rest.workspace)),
      },
    },
    async (request) => answered(request, await workspaces.list(actorOf(request), request.query)),
  )

  app.post(
    '/workspaces',
    {
      schema: {
        tags,
        summary: 'Make a workspace',
        body: rest.createWorkspace,
        response: answers(rest.workspace, 201),
      },
    },
    async (request, reply) => {
      const made = await workspaces.create(actorOf(request), request.body.name)
      return reply.code(201).send(answered(request, made))
    },
  )

  app.get(
    '/workspaces/:workspace_id',
    {
      schema: {
        tags,
        summary: 'One workspace',
        params: rest.workspaceParams,
        response: answers(rest.workspace),
      },
    },
    async (request) =>
      answered(request, await workspaces.get(actorOf(request), request.params.workspace_id)),
  )

  app.put(
    '/workspaces/:workspace_id',
    {
      schema: {
        tags,
        summary: 'Rename a workspace; with a server key, make it under an id of your own',
        params: rest.workspaceParams,
        body: rest.putWorkspace,
        response: answers(rest.workspace),
      },
    },
    async (request) =>
      answered(
        request,
        await workspaces.put(actorOf(request), request.params.workspace_id, request.body.name),
      ),
  )

  app.get(
    '/workspaces/:workspace_id/members',
    {
      schema: {
        tags,
        summary: 'Who belongs to a workspace',
        params: rest.workspaceParams,
        querystring: rest.pageQuery,
        response: answers(rest.page(rest.workspaceMember)),
      },
    },
    async (request) =>
      answered(
        request,
        await workspaces.members(actorOf(request), request.params.workspace_id, request.query),
      ),
  )

  app.put(
    '/workspaces/:workspace_id/members/:user_id',
    {
      schema: {
        tags,
        summary: 'Add a user to a workspace, or change their role',
        params: rest.workspaceMemberParams,
        body: rest.putWorkspaceMember,
        response: answers(rest.workspaceMember),
      },
    },
    async (request) => {
      const { workspace_id, user_id } = request.params
      return answered(
        request,
        await workspaces.putMember(actorOf(request), workspace_id, user_id, request.body.role),
      )
    },
  )

  app.delete(
    '/workspaces/:workspace_id/members/:user_id',
    {
      schema: {
        tags,
        summary: 'Remove a user from a workspace and all its channels, or leave',
        params: rest.workspaceMemberParams,
        response: answers(rest.done),
      },
    },
    async (request) => {
      const { workspace_id, user_id } = request.params
      await workspaces.removeMember(actorOf(request), workspace_id, user_id)
      return answered(request, { ok: true as const })
    },
  )
}
