import { LIMITS } from '@tidings/protocol'
import { rest } from '@tidings/protocol/schemas'
import { OperationError } from '../../operations/actor.js'
import { answered } from '../answers.js'
import type { ApiInstance } from '../app.js'
import type { ApiContext } from '../context.js'
import { answers } from '../openapi.js'

/** The development login: there only when it was asked for, and never in production. */
export function devLoginRoutes(
  app: ApiInstance,
  { devLogin, directory, channels }: ApiContext,
): void {
  if (devLogin === undefined) return
  app.post(
    '/dev/login',
    {
      config: { public: true },
      schema: {
        tags: ['development'],
        summary: 'Become a user by a name, and a member of the first channel',
        security: [],
        body: rest.devLogin,
        response: answers(rest.devLoginAnswer),
      },
    },
    async (request) => {
      const name = request.body.name.trim()
      const userId = userIdOf(name)
      if (userId === '')
        throw new OperationError('invalid_frame', 'name: must hold a letter or a digit')
      await directory.upsertUser({ userId, name })
      const { workspaceId } = devLogin
      if ((await directory.workspaceMember(workspaceId, userId)) === undefined)
        await directory.setWorkspaceMember({ workspaceId, userId, role: 'member' })
      await channels.join({ kind: 'user', userId }, devLogin.channelId)
      const { token, expiresInMs } = await devLogin.login.tokenFor(userId, name)
      return answered(request, {
        token,
        expires_in_ms: expiresInMs,
        user_id: userId,
        workspace_id: devLogin.workspaceId,
        channel_id: devLogin.channelId,
      })
    },
  )
}

/** The same name is the same user: lower case, letters and digits, the rest dashes. */
function userIdOf(name: string): string {
  return (
    name
      .normalize('NFKC')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+/, '')
      .slice(0, LIMITS.idMaxUnits)
      // half a letter, and the dash before what was cut off
      .replace(/[\ud800-\udbff]$/, '')
      .replace(/-+$/, '')
  )
}
