import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.end())

const data = async (as: string, method: string, path: string, body?: unknown) => {
  const answer = await server.call(as, method, path, body)
  if (answer.body.error !== null) return `${answer.status} ${answer.body.error.code}`
  return answer.body.data
}

describe('workspaces', () => {
  it('belong to who makes them, and are renamed by owners', async () => {
    const made = await data('alice', 'POST', '/v1/workspaces', { name: 'Alice & co' })
    expect(made).toMatchObject({ name: 'Alice & co', role: 'owner' })
    const path = `/v1/workspaces/${made.workspace_id}`
    expect(await data('alice', 'PUT', path, { name: 'New' })).toMatchObject({ name: 'New' })
    expect(await data('alice', 'GET', path)).toEqual({ ...made, name: 'New' })
    expect(await data('bob', 'GET', path)).toBe('404 not_found')
  })

  it('are made under an id of the platform’s own by a server key, as often as it likes', async () => {
    const first = await data('server', 'PUT', '/v1/workspaces/acme', { name: 'Acme' })
    expect(await data('server', 'PUT', '/v1/workspaces/acme', { name: 'Acme' })).toEqual(first)
    expect(await data('server', 'PUT', '/v1/workspaces/acme', {})).toEqual(first)
  })

  it('a user leaves with all channels of it', async () => {
    await data('server', 'PUT', '/v1/workspaces/leaving', {})
    await data('server', 'PUT', '/v1/workspaces/leaving/members/carol', {})
    await data('server', 'PUT', '/v1/workspaces/leaving/channels/l1', { owner_id: 'carol' })
    expect(await data('carol', 'GET', '/v1/channels/l1')).toMatchObject({ role: 'owner' })
    expect(await data('carol', 'DELETE', '/v1/workspaces/leaving/members/carol')).toEqual({
      ok: true,
    })
    expect(await data('carol', 'GET', '/v1/channels/l1')).toBe('404 channel_not_found')
    expect(await data('carol', 'GET', '/v1/channels/l1/messages')).toBe('404 channel_not_found')
    // R13: leaving may be asked for again, by who was there
    for (const path of ['/v1/workspaces/leaving/members', '/v1/channels/l1/members']) {
      expect(await data('carol', 'DELETE', `${path}/carol`)).toEqual({ ok: true })
      expect(await data('bob', 'DELETE', `${path}/bob`)).toMatch(/^404 /)
    }
  })
})

describe('channels', () => {
  beforeAll(async () => {
    await data('server', 'PUT', '/v1/workspaces/w', {})
    for (const user of ['alice', 'bob', 'carol']) {
      await data('server', 'PUT', `/v1/workspaces/w/members/${user}`, {})
    }
  })

  it('are made with their maker as owner, and joined when they are public', async () => {
    const made = await data('alice', 'POST', '/v1/workspaces/w/channels', { name: 'talk' })
    expect(made).toMatchObject({
      kind: 'public',
      name: 'talk',
      role: 'owner',
      member_count: 1,
      head_seq: 1,
    })
    const path = `/v1/channels/${made.channel_id}`
    expect(await data('bob', 'GET', path)).not.toHaveProperty('role')
    expect(await data('bob', 'GET', `${path}/messages`)).toBe('404 channel_not_found')
    expect(await data('bob', 'POST', `${path}/join`)).toMatchObject({
      user_id: 'bob',
      role: 'member',
    })
    expect(await data('bob', 'POST', `${path}/join`)).toMatchObject({ role: 'member' })
    expect(await data('bob', 'GET', path)).toMatchObject({
      role: 'member',
      member_count: 2,
      head_seq: 2,
    })
  })

  it('that are private are not there for others', async () => {
    const { channel_id } = await data('alice', 'POST', '/v1/workspaces/w/channels', {
      name: 'secret',
      kind: 'private',
    })
    const path = `/v1/channels/${channel_id}`
    for (const [method, url, body] of [
      ['GET', path],
      ['GET', `${path}/members`],
      ['GET', `${path}/messages`],
      ['POST', `${path}/join`],
      ['POST', `${path}/messages`, { text: 'hi' }],
      ['PATCH', path, { name: 'mine' }],
    ] as const) {
      expect([url, await data('bob', method, url, body)]).toEqual([url, '404 channel_not_found'])
    }
    const listed = await data('bob', 'GET', '/v1/workspaces/w/channels?limit=100')
    expect(JSON.stringify(listed)).not.toContain(channel_id)
  })

  it('a direct one is found by both or made', async () => {
    const made = await data('alice', 'PUT', '/v1/workspaces/w/direct', { user_id: 'bob' })
    expect(made).toMatchObject({ kind: 'direct', user_ids: ['alice', 'bob'] })
    const found = await data('bob', 'PUT', '/v1/workspaces/w/direct', { user_id: 'alice' })
    expect(found.channel_id).toBe(made.channel_id)
    expect(await data('alice', 'PUT', '/v1/workspaces/w/direct', { user_id: 'alice' })).toBe(
      '400 invalid_frame',
    )
    expect(await data('alice', 'PUT', '/v1/workspaces/w/direct', { user_id: 'nobody' })).toBe(
      '404 not_found',
    )
    const path = `/v1/channels/${made.channel_id}`
    expect(await data('server', 'PUT', `${path}/members/carol`, {})).toBe('409 conflict')
    expect(await data('server', 'DELETE', `${path}/members/bob`)).toBe('409 conflict')
    expect(await data('server', 'PATCH', path, { name: 'x' })).toBe('409 conflict')
  })

  it('who is banned may not come back by themselves', async () => {
    const { channel_id } = await data('alice', 'POST', '/v1/workspaces/w/channels', {
      name: 'strict',
    })
    const path = `/v1/channels/${channel_id}`
    await data('bob', 'POST', `${path}/join`)
    expect(await data('alice', 'DELETE', `${path}/members/bob?ban=true`)).toEqual({ ok: true })
    expect(await data('bob', 'POST', `${path}/join`)).toBe('403 forbidden')
    expect(await data('alice', 'PUT', `${path}/members/bob`, {})).toMatchObject({ role: 'member' })
    const events = await data('bob', 'GET', `${path}/messages`)
    expect(events.messages.map((event: { type: string }) => event.type)).toEqual([
      'member.joined',
      'member.joined',
      'member.left',
      'member.joined',
    ])
    expect(events.messages[2]).toMatchObject({ reason: 'banned', by_user_id: 'alice' })
  })

  it('a ban keeps out also who has left before, or never came', async () => {
    const { channel_id } = await data('alice', 'POST', '/v1/workspaces/w/channels', {
      name: 'stricter',
    })
    const path = `/v1/channels/${channel_id}`
    await data('bob', 'POST', `${path}/join`)
    await data('bob', 'DELETE', `${path}/members/bob`)
    // R13: a removal may be asked for again, of who was a member
    expect(await data('alice', 'DELETE', `${path}/members/bob`)).toEqual({ ok: true })
    expect(await data('alice', 'DELETE', `${path}/members/carol`)).toBe('404 not_found')
    for (const user of ['bob', 'carol']) {
      const banned = await data('alice', 'DELETE', `${path}/members/${user}?ban=true`)
      expect(banned).toEqual({ ok: true })
      expect(await data(user, 'POST', `${path}/join`)).toBe('403 forbidden')
    }
  })

  it('a member’s role and name changes stand in the stream', async () => {
    const { channel_id } = await data('alice', 'POST', '/v1/workspaces/w/channels', {
      name: 'roles',
    })
    const path = `/v1/channels/${channel_id}`
    await data('alice', 'PUT', `${path}/members/bob`, { role: 'read_only' })
    await data('alice', 'PUT', `${path}/members/bob`, { role: 'admin' })
    await data('bob', 'PATCH', path, { name: 'renamed' })
    const { messages } = await data('bob', 'GET', `${path}/messages`)
    expect(messages.slice(2)).toMatchObject([
      { type: 'channel.updated', member: { user_id: 'bob', role: 'admin' } },
      { type: 'channel.updated', name: 'renamed', user_id: 'bob' },
    ])
  })

  it('ids of the platform’s own are carried unchanged', async () => {
    for (const id of ['a b', 'a/b', '%2F', '漢'.repeat(64), '..x', '#?&', 'constructor', '🙂']) {
      const path = `/v1/workspaces/w/channels/${encodeURIComponent(id)}`
      const made = await data('server', 'PUT', path, { owner_id: id })
      expect(made.channel_id).toBe(id)
      const members = await data('server', 'GET', `/v1/channels/${encodeURIComponent(id)}/members`)
      expect(members.items.map((member: { user_id: string }) => member.user_id)).toEqual([id])
    }
  })

  it.each(['%00', '%0A', '%7F', 'x'.repeat(65), '__proto__', '%2E%2E%00'])(
    'an id such as %s is refused',
    async (id) => {
      expect(await data('server', 'PUT', `/v1/workspaces/w/channels/${id}`, {})).toBe(
        '400 invalid_frame',
      )
    },
  )
})
