import type { Role } from '@tidings/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'

/**
 * Every route × every role × a member of another workspace × a stranger × the server key × nobody. The expected
 * answers stand here in full and are not taken from the code.
 */
const CALLERS = [
  'owner',
  'admin',
  'member',
  'read_only',
  'outsider',
  'stranger',
  'server',
  'nobody',
] as const
type Caller = (typeof CALLERS)[number]

interface Call {
  readonly method: string
  readonly path: string
  readonly body?: unknown
}
interface Row {
  readonly route: string
  readonly expected: readonly number[]
  /** Builds the call, with whatever must be there before it. */
  readonly call: (caller: Caller, world: World) => Call | Promise<Call>
}
interface Operation {
  readonly security?: readonly unknown[]
}
interface World {
  readonly server: TestServer
  unique(): string
  /** A message of this user, as a target. */
  message(userId: string): Promise<{ seq: number; messageId: string }>
  /** Another member, to be removed. */
  victim(): Promise<string>
}

const plain =
  (method: string, path: string, body?: unknown): Row['call'] =>
  () => ({ method, path, ...(body !== undefined && { body }) })
const author = (caller: Caller): string =>
  caller === 'outsider' ||
  caller === 'stranger' ||
  caller === 'server' ||
  caller === 'nobody' ||
  caller === 'read_only'
    ? 'member'
    : caller

const C = '/v1/channels/private'
// prettier-ignore
const ROWS: readonly Row[] = [
  //                                            owner admin membr ronly outsd strgr servr nobody
  {
    route: 'GET /v1/me',
    expected: [200, 200, 200, 200, 200, 200, 200, 401],
    call: plain('GET', '/v1/me'),
  },
  {
    route: 'PUT /v1/users/:id',
    expected: [403, 403, 403, 403, 403, 403, 200, 401],
    call: (_, w) => ({ method: 'PUT', path: `/v1/users/${w.unique()}`, body: { name: 'New' } }),
  },
  {
    route: 'DELETE /v1/users/:id/sessions',
    expected: [403, 403, 403, 403, 403, 403, 200, 401],
    call: (_, w) => ({ method: 'DELETE', path: `/v1/users/${w.unique()}/sessions` }),
  },
  {
    route: 'GET /v1/workspaces',
    expected: [200, 200, 200, 200, 200, 200, 403, 401],
    call: plain('GET', '/v1/workspaces'),
  },
  {
    route: 'POST /v1/workspaces',
    expected: [201, 201, 201, 201, 201, 201, 201, 401],
    call: plain('POST', '/v1/workspaces', { name: 'Mine' }),
  },
  {
    route: 'GET workspace',
    expected: [200, 200, 200, 200, 404, 404, 200, 401],
    call: plain('GET', '/v1/workspaces/w'),
  },
  {
    route: 'PUT workspace',
    expected: [200, 200, 403, 403, 404, 404, 200, 401],
    call: plain('PUT', '/v1/workspaces/w', { name: 'W' }),
  },
  {
    route: 'GET workspace members',
    expected: [200, 200, 200, 200, 404, 404, 200, 401],
    call: plain('GET', '/v1/workspaces/w/members'),
  },
  {
    route: 'PUT workspace member',
    expected: [200, 200, 403, 403, 404, 404, 200, 401],
    call: (_, w) => ({ method: 'PUT', path: `/v1/workspaces/w/members/${w.unique()}`, body: {} }),
  },
  {
    route: 'PUT workspace owner',
    expected: [200, 403, 403, 403, 404, 404, 200, 401],
    call: (_, w) => ({
      method: 'PUT',
      path: `/v1/workspaces/w/members/${w.unique()}`,
      body: { role: 'owner' },
    }),
  },
  {
    route: 'DELETE workspace member',
    expected: [200, 200, 403, 403, 404, 404, 200, 401],
    call: async (_, w) => ({
      method: 'DELETE',
      path: `/v1/workspaces/w/members/${await w.victim()}`,
    }),
  },
  {
    route: 'GET public channels',
    expected: [200, 200, 200, 200, 404, 404, 200, 401],
    call: plain('GET', '/v1/workspaces/w/channels'),
  },
  {
    route: 'POST channel',
    expected: [201, 201, 201, 403, 404, 404, 201, 401],
    call: plain('POST', '/v1/workspaces/w/channels', { name: 'new' }),
  },
  {
    route: 'PUT channel by own id',
    expected: [403, 403, 403, 403, 403, 403, 200, 401],
    call: (_, w) => ({ method: 'PUT', path: `/v1/workspaces/w/channels/${w.unique()}`, body: {} }),
  },
  {
    route: 'PUT direct',
    expected: [200, 200, 200, 403, 404, 404, 200, 401],
    call: plain('PUT', '/v1/workspaces/w/direct', { user_id: 'peer', with_user_id: 'member' }),
  },
  {
    route: 'GET own channels',
    expected: [200, 200, 200, 200, 200, 200, 403, 401],
    call: plain('GET', '/v1/channels'),
  },
  {
    route: 'GET channel',
    expected: [200, 200, 200, 200, 404, 404, 200, 401],
    call: plain('GET', C),
  },
  {
    route: 'GET public channel',
    expected: [200, 200, 200, 200, 404, 404, 200, 401],
    call: plain('GET', '/v1/channels/public'),
  },
  {
    route: 'PATCH channel',
    expected: [200, 200, 403, 403, 404, 404, 200, 401],
    call: plain('PATCH', C, { name: 'renamed' }),
  },
  {
    route: 'GET members',
    expected: [200, 200, 200, 200, 404, 404, 200, 401],
    call: plain('GET', `${C}/members`),
  },
  {
    route: 'POST join private',
    expected: [200, 200, 200, 200, 404, 404, 403, 401],
    call: plain('POST', `${C}/join`),
  },
  {
    route: 'POST join public',
    expected: [200, 200, 200, 403, 404, 404, 403, 401],
    call: plain('POST', '/v1/channels/public/join'),
  },
  {
    route: 'PUT member',
    expected: [200, 200, 403, 403, 404, 404, 200, 401],
    call: plain('PUT', `${C}/members/peer`, {}),
  },
  {
    route: 'PUT channel owner',
    expected: [200, 403, 403, 403, 404, 404, 200, 401],
    call: plain('PUT', `${C}/members/second-owner`, { role: 'owner' }),
  },
  {
    route: 'DELETE member',
    expected: [200, 200, 403, 403, 404, 404, 200, 401],
    call: async (_, w) => ({ method: 'DELETE', path: `${C}/members/${await w.victim()}` }),
  },
  {
    route: 'POST message',
    expected: [201, 201, 201, 403, 404, 404, 201, 401],
    call: (caller) => ({
      method: 'POST',
      path: `${C}/messages`,
      body: { text: 'hi', ...(caller === 'server' && { user_id: 'anyone' }) },
    }),
  },
  {
    route: 'POST message as another',
    expected: [403, 403, 403, 403, 403, 403, 201, 401],
    call: plain('POST', `${C}/messages`, { text: 'hi', user_id: 'anyone' }),
  },
  {
    route: 'GET history',
    expected: [200, 200, 200, 200, 404, 404, 200, 401],
    call: plain('GET', `${C}/messages`),
  },
  {
    route: 'PATCH own message',
    expected: [200, 200, 200, 403, 404, 404, 200, 401],
    call: async (caller, w) => {
      const { seq, messageId } = await w.message(author(caller))
      return {
        method: 'PATCH',
        path: `${C}/messages/${seq}`,
        body: {
          message_id: messageId,
          text: 'edited',
          ...(caller === 'server' && { user_id: 'member' }),
        },
      }
    },
  },
  {
    route: "PATCH another's message",
    expected: [403, 403, 403, 403, 404, 404, 403, 401],
    call: async (caller, w) => {
      const { seq, messageId } = await w.message('peer')
      return {
        method: 'PATCH',
        path: `${C}/messages/${seq}`,
        body: {
          message_id: messageId,
          text: 'edited',
          ...(caller === 'server' && { user_id: 'member' }),
        },
      }
    },
  },
  {
    route: "DELETE another's message",
    expected: [200, 200, 403, 403, 404, 404, 200, 401],
    call: async (caller, w) => {
      const { seq, messageId } = await w.message('peer')
      return {
        method: 'DELETE',
        path: `${C}/messages/${seq}?message_id=${messageId}${caller === 'server' ? '&user_id=anyone' : ''}`,
      }
    },
  },
  {
    route: 'PUT reaction',
    expected: [200, 200, 200, 403, 404, 404, 200, 401],
    call: async (caller, w) => {
      const { seq, messageId } = await w.message('peer')
      return {
        method: 'PUT',
        path: `${C}/messages/${seq}/reactions/${encodeURIComponent('👍')}?message_id=${messageId}${caller === 'server' ? '&user_id=anyone' : ''}`,
      }
    },
  },
  {
    route: 'DELETE reaction',
    expected: [200, 200, 200, 403, 404, 404, 200, 401],
    call: async (caller, w) => {
      const { seq, messageId } = await w.message('peer')
      return {
        method: 'DELETE',
        path: `${C}/messages/${seq}/reactions/${encodeURIComponent('👍')}?message_id=${messageId}${caller === 'server' ? '&user_id=anyone' : ''}`,
      }
    },
  },
  {
    route: 'PUT presence',
    expected: [200, 200, 200, 200, 200, 200, 403, 401],
    call: plain('PUT', '/v1/presence', { status: 'online' }),
  },
  {
    route: 'GET presence of a channel',
    expected: [200, 200, 200, 200, 404, 404, 200, 401],
    call: plain('GET', `${C}/presence`),
  },
  {
    route: 'PUT receipt',
    expected: [200, 200, 200, 200, 404, 404, 403, 401],
    call: plain('PUT', `${C}/receipts`, { kind: 'read', seq: 1 }),
  },
  {
    route: 'GET receipts',
    expected: [200, 200, 200, 200, 404, 404, 200, 401],
    call: plain('GET', `${C}/receipts?seq=1`),
  },
]

describe('permissions', () => {
  let world: World
  beforeAll(async () => {
    const server = await startTestServer()
    const { admin } = server.tidings
    let count = 0
    await admin.upsertWorkspace({ workspaceId: 'w', name: 'W' })
    await admin.upsertWorkspace({ workspaceId: 'x', name: 'X' })
    await admin.upsertWorkspaceMember({ workspaceId: 'x', userId: 'outsider', role: 'owner' })
    await admin.upsertChannel({
      workspaceId: 'w',
      channelId: 'private',
      kind: 'private',
      ownerId: 'founder',
    })
    await admin.upsertChannel({ workspaceId: 'w', channelId: 'public', ownerId: 'founder' })
    const roles: Record<string, Role> = {
      founder: 'owner',
      owner: 'owner',
      admin: 'admin',
      member: 'member',
      read_only: 'read_only',
      peer: 'member',
    }
    for (const [userId, role] of Object.entries(roles)) {
      await admin.upsertWorkspaceMember({ workspaceId: 'w', userId, role })
      await admin.upsertMember({ channelId: 'private', userId, role })
    }
    await admin.upsertWorkspaceMember({ workspaceId: 'w', userId: 'second-owner' })
    world = {
      server,
      unique: () => `id-${++count}`,
      async message(userId) {
        const sent = await admin.send({ channelId: 'private', userId, text: 'a message' })
        return { seq: sent.channel_seq ?? 0, messageId: sent.message_id }
      },
      async victim() {
        const userId = `victim-${++count}`
        await admin.upsertMember({ channelId: 'private', userId })
        return userId
      },
    }
  })
  afterAll(() => world.server.end())

  it('of every route stand in this table', async () => {
    const called = await Promise.all(ROWS.map(({ call }) => call('owner', world)))
    const untried: string[] = []
    for (const [template, operations] of Object.entries(world.server.document.paths ?? {})) {
      const path = new RegExp(`^${template.replace(/\{[^}]+\}/g, '[^/]+')}$`)
      for (const [method, operation] of Object.entries(operations as Record<string, Operation>)) {
        // without security it is for everybody: the operator's pages
        if (operation.security?.length === 0) continue
        const isTried = called.some(
          (one) => one.method.toLowerCase() === method && path.test(one.path.split('?')[0] ?? ''),
        )
        if (!isTried) untried.push(`${method} ${template}`)
      }
    }
    expect(untried).toEqual([])
  })

  describe.each(ROWS)('$route', ({ expected, call }) => {
    it.each(CALLERS.map((caller, i) => [caller, expected[i]] as const))(
      'answers %s with %i',
      async (caller, status = 0) => {
        const { method, path, body } = await call(caller, world)
        const answer = await world.server.call(caller, method, path, body)
        expect([answer.status, answer.body.error?.code]).toEqual([
          status,
          status < 300 ? undefined : expect.any(String),
        ])
        expect(answer.headers.get('x-request-id')).toMatch(/^\d+$/)
      },
    )
  })
})
