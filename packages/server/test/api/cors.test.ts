import { afterEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
afterEach(() => server.end())

const APP = 'https://app.example.com'
const allowed = async (origin: string) => {
  const answer = await server.call('alice', 'GET', '/v1/me', undefined, { headers: { origin } })
  return answer.headers.get('access-control-allow-origin')
}
const preflight = (origin: string, method: string, headers = 'authorization, content-type') =>
  fetch(`${server.url}/v1/channels/c/messages`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': method,
      'access-control-request-headers': headers,
    },
  })

describe('CORS', () => {
  it('lets no page of another origin in unless it is listed', async () => {
    server = await startTestServer({ corsOrigins: [APP] })
    expect(await allowed(APP)).toBe(APP)
    expect(await allowed('https://evil.example')).toBeNull()
    expect(await allowed('null')).toBeNull()
    expect(await allowed(`${APP}.evil.example`)).toBeNull()
  })

  it('answers whoever asks what there is without being a page of another origin', async () => {
    server = await startTestServer()
    const answer = await fetch(`${server.url}/v1/me`, { method: 'OPTIONS' })
    expect([answer.status, await answer.text()]).toEqual([204, ''])
  })

  it('lets nobody in by default', async () => {
    server = await startTestServer()
    expect(await allowed(APP)).toBeNull()
  })

  it('lets everybody in where that is said', async () => {
    server = await startTestServer({ corsOrigins: ['*'] })
    expect(await allowed('https://anything.example')).toBe('*')
  })

  it('answers what a page asks before it writes', async () => {
    server = await startTestServer({ corsOrigins: [APP] })
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await preflight(APP, method)
      expect(answer.status).toBe(204)
      expect(answer.headers.get('access-control-allow-origin')).toBe(APP)
      expect(answer.headers.get('access-control-allow-methods')).toContain(method)
      expect(answer.headers.get('access-control-allow-headers')).toMatch(/authorization/i)
    }
    expect(
      (await preflight('https://evil.example', 'POST')).headers.get('access-control-allow-origin'),
    ).toBeNull()
  })

  it('shows pages the id of a request and when to come back', async () => {
    server = await startTestServer({ corsOrigins: [APP] })
    const answer = await server.call('alice', 'GET', '/v1/me', undefined, {
      headers: { origin: APP },
    })
    expect(answer.headers.get('access-control-expose-headers')).toBe('x-request-id, retry-after')
  })

  it('an error can be read by a page too', async () => {
    server = await startTestServer({ corsOrigins: [APP] })
    for (const path of ['/v1/nowhere', '/v1/channels/x', '/elsewhere']) {
      const answer = await server.call('alice', 'GET', path, undefined, {
        headers: { origin: APP },
      })
      expect([path, answer.headers.get('access-control-allow-origin')]).toEqual([path, APP])
    }
  })
})
