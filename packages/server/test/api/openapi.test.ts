import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answered, createAnswerCheck } from '../support/openapi.js'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ devLogin: true })
})
afterAll(() => server.end())

const operations = () =>
  Object.entries(server.document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  )

describe('the OpenAPI document', () => {
  it('is served without a token, as version 3.1', async () => {
    const answer = await server.call('nobody', 'GET', '/v1/openapi.json')
    expect(answer.status).toBe(200)
    expect(answer.body.openapi).toBe('3.1.0')
    expect(answer.headers.get('content-type')).toContain('application/json')
  })

  it('declares for every route what goes well and, in one form, what does not', () => {
    for (const { path, operation } of operations()) {
      const statuses = Object.keys(operation.responses)
      expect(statuses.some((status) => status.startsWith('2'))).toBe(true)
      if (path.startsWith('/v1/')) expect(statuses).toEqual(expect.arrayContaining(['4XX', '5XX']))
    }
  })

  it('names its routes below the base path of an embedded server', async () => {
    const embedded = await startTestServer({ basePath: '/chat/api' })
    const me = await embedded.call('alice', 'GET', '/v1/me')
    expect(me.body.data).toEqual({ user_id: 'alice', name: 'alice' })
    expect(embedded.document.servers).toEqual([{ url: '/chat/api' }])
    expect(Object.keys(embedded.document.paths)).toContain('/v1/me')
    await embedded.end()
  })
})

describe('the check of answers against it', () => {
  const me = (over: Partial<Answered>): Answered => ({
    method: 'GET',
    path: '/v1/me',
    status: 200,
    contentType: 'application/json; charset=utf-8',
    body: { data: { user_id: 'a', name: 'A' }, error: null, request_id: '1' },
    ...over,
  })
  const error = (code: string, over = {}) => ({
    data: null,
    error: { code, message: 'm', request_id: '1', retryable: false, ...over },
  })

  it.each([
    [
      'a field that is missing',
      me({ body: { data: { name: 'A' }, error: null, request_id: '1' } }),
    ],
    ['a field of another type', me({ body: { ...(me({}).body as object), request_id: 1 } })],
    ['an error without a request_id', me({ status: 404, body: { data: null, error: {} } })],
    ['a code of no table', me({ status: 404, body: error('nonsense') })],
    ['a code with another status', me({ status: 403, body: error('not_found') })],
    ['a status that is not declared', me({ status: 204 })],
    ['a route that is not there', me({ path: '/v1/nowhere' })],
    ['another content type', me({ contentType: 'text/html' })],
  ])('refuses %s', (_, answer) => {
    expect(() => createAnswerCheck(server.document)(answer)).toThrow()
  })

  it('takes what is declared', () => {
    const check = createAnswerCheck(server.document)
    check(me({}))
    check(me({ status: 404, body: error('not_found') }))
    check(me({ status: 404, path: '/v1/nowhere', body: error('not_found') }))
  })
})
