import { afterEach, expect, it } from 'vitest'
import { AuthError, type ServerOptions } from '../../src/index.js'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
afterEach(() => server.end())

it.each<[string, ServerOptions['authenticate']]>([
  ['does not come back', () => new Promise(() => undefined)],
  ['answers nonsense', () => ({ userId: 'alice', expiresAt: 'soon' }) as never],
  ['cannot know', () => Promise.reject(new AuthError('unavailable', 'sessions are away'))],
])(
  'a request whose authenticate %s is answered unavailable, as a socket is',
  async (_, authenticate) => {
    server = await startTestServer({ authenticate, helloTimeoutMs: 100 })
    const { status, body, headers } = await server.call('alice', 'GET', '/v1/me')
    expect([status, body.error]).toMatchObject([
      503,
      { code: 'unavailable', retryable: true, outcome: 'not_sent' },
    ])
    expect(headers.get('retry-after')).toBe('1')
    // a server key needs nobody else
    expect((await server.call('server', 'GET', '/v1/me')).status).toBe(200)
  },
)
