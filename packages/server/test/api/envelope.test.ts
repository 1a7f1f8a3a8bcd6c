import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  const { admin } = server.tidings
  await admin.upsertWorkspace({ workspaceId: 'w' })
  await admin.upsertChannel({ workspaceId: 'w', channelId: 'general', ownerId: 'alice' })
})
afterAll(() => server.end())

const MESSAGES = '/v1/channels/general/messages'
const failure = (code: string, message: string | RegExp = /./) => ({
  data: null,
  error: {
    code,
    message: expect.stringMatching(message),
    request_id: expect.stringMatching(/^\d+$/),
    retryable: expect.any(Boolean),
  },
})

describe('[P-88] every answer', () => {
  it('is data, no error and a request_id, which stands in a header too', async () => {
    const answer = await server.call('alice', 'GET', '/v1/me')
    expect(answer.body).toEqual({
      data: { user_id: 'alice', name: 'alice' },
      error: null,
      request_id: answer.headers.get('x-request-id'),
    })
  })

  it('of the socket says that an upgrade is missing, which a proxy may have taken away', async () => {
    const { status, body } = await server.call('nobody', 'GET', '/v1/ws')
    expect([status, body]).toMatchObject([400, failure('invalid_frame', /Upgrade/)])
  })

  it('has a request_id of its own', async () => {
    const ids = new Set<string>()
    for (let i = 0; i < 20; i++) {
      ids.add((await server.call('alice', 'GET', '/v1/me')).body.request_id)
    }
    expect(ids.size).toBe(20)
  })

  it.each([
    ['an unknown route', 'GET', '/v1/nowhere'],
    ['an unknown route outside /v1', 'GET', '/nowhere'],
    ['a method that a route has not', 'POST', '/v1/me'],
    ['a path that is not well encoded', 'GET', '/v1/channels/%E0%A4%A'],
    ['an id that is too long', 'GET', `/v1/channels/${'x'.repeat(600)}`],
  ])('of %s is an error in the one form', async (_, method, path) => {
    const answer = await server.call('alice', method, path)
    expect([400, 404]).toContain(answer.status)
    expect(answer.body).toMatchObject(
      failure(answer.status === 404 ? 'not_found' : 'invalid_frame'),
    )
    expect(answer.body.error.request_id).toBe(answer.headers.get('x-request-id'))
  })

  it.each([
    ['nothing', undefined, 'application/json'],
    ['no JSON', '{"text":', 'application/json'],
    ['JSON that is no object', '[]', 'application/json'],
    ['text', 'text', 'text/plain'],
    ['a form', 'text=hi', 'application/x-www-form-urlencoded'],
    ['__proto__', '{"text":"hi","__proto__":{"a":1}}', 'application/json'],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'application/json'],
  ])('to a body of %s is invalid_frame', async (_, raw, type) => {
    const headers = { 'content-type': type }
    const answer = await server.call('alice', 'POST', MESSAGES, undefined, {
      headers,
      ...(raw !== undefined && { raw }),
    })
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject(failure('invalid_frame'))
  })

  it('to a body that is too large is payload_too_large', async () => {
    const answer = await server.call('alice', 'POST', MESSAGES, {
      text: 'hi',
      junk: 'x'.repeat(200_000),
    })
    expect(answer.status).toBe(413)
    expect(answer.body).toMatchObject(failure('payload_too_large', /at most 131072 bytes/))
  })

  it('to a nesting without end is an answer', async () => {
    const raw = `{"text":"hi","metadata":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`
    const headers = { 'content-type': 'application/json' }
    const answer = await server.call('alice', 'POST', MESSAGES, undefined, { raw, headers })
    expect(answer.body).toMatchObject(failure('invalid_frame', /metadata/))
  })

  it.each([
    ['text', { text: 7 }, /^text: /],
    ['client_msg_id', { text: 'hi', client_msg_id: '' }, /^client_msg_id: /],
    ['reply_to', { text: 'hi', reply_to: { seq: 0, message_id: 'm' } }, /^reply_to\.seq: /],
    ['attachments', { text: 'hi', attachments: [{}] }, /^attachments\.0\.url: /],
  ])('to a wrong field names it: %s', async (_, body, message) => {
    const answer = await server.call('alice', 'POST', MESSAGES, body)
    expect(answer.body).toMatchObject(failure('invalid_frame', message))
  })

  it('[P-75] never repeats what the caller sent', async () => {
    const needle = 'needle-5f3a'
    for (const [path, body] of [
      [`/v1/channels/${needle}/messages`, { text: 'hi' }],
      [MESSAGES, { text: 'hi', [needle]: 1, client_msg_id: `~${needle}` }],
      [MESSAGES, { text: 'hi', metadata: { [needle]: '\ud800' } }],
      [MESSAGES, { text: { [needle]: needle } }],
    ] as const) {
      const answer = await server.call('alice', 'POST', path, body)
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(JSON.stringify(answer.body)).not.toContain(needle)
    }
  })
})

describe('a caller', () => {
  it.each([
    ['no token', {}],
    ['another scheme', { authorization: 'Basic YTpi' }],
    ['no token after the scheme', { authorization: 'Bearer ' }],
    ['two tokens', { authorization: 'Bearer a b' }],
    ['a bad token', { authorization: 'Bearer bad' }],
  ])('with %s is unauthorized', async (_, headers) => {
    const answer = await server.call('nobody', 'GET', '/v1/me', undefined, { headers })
    expect(answer.status).toBe(401)
    expect(answer.body).toMatchObject(failure('unauthorized'))
  })

  it('may write the scheme as they like', async () => {
    const headers = { authorization: 'bEARER alice' }
    const answer = await server.call('nobody', 'GET', '/v1/me', undefined, { headers })
    expect(answer.status).toBe(200)
  })

  it('with a server key is the server', async () => {
    const answer = await server.call('server', 'GET', '/v1/me')
    expect(answer.body.data).toEqual({ user_id: 'server', name: 'server' })
  })
})
