import { afterEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
afterEach(() => server.end())

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
const statuses = async (count: number, address?: string) => {
  const found: number[] = []
  for (let i = 0; i < count; i++) {
    const answer = await server.call(
      'alice',
      'GET',
      '/v1/me',
      undefined,
      address ? from(address) : {},
    )
    found.push(answer.status)
  }
  return found
}

describe('requests of one address', () => {
  it('[P-75] above the rate are rate_limited and told when to come back', async () => {
    server = await startTestServer({ requestRatePerS: 1 })
    // one of the ten was the document, read when the server started
    expect(await statuses(12)).toEqual([...Array(9).fill(200), 429, 429, 429])
    const { headers, body } = await server.call('alice', 'GET', '/v1/me')
    expect(body.error).toMatchObject({ code: 'rate_limited', retryable: true, outcome: 'not_sent' })
    const seconds = Number(headers.get('retry-after'))
    expect(seconds).toBeGreaterThanOrEqual(1)
    expect(body.error.retry_after_ms).toBeGreaterThan((seconds - 1) * 1_000)
    expect(body.error.retry_after_ms).toBeLessThanOrEqual(seconds * 1_000)
  })

  it('are limited before a token is looked at', async () => {
    server = await startTestServer({ requestRatePerS: 1 })
    await statuses(10)
    expect((await server.call('bad', 'GET', '/v1/me')).status).toBe(429)
    expect((await server.call('nobody', 'GET', '/v1/nowhere')).status).toBe(429)
  })

  it('do not limit an operator’s pages', async () => {
    server = await startTestServer({ requestRatePerS: 1 })
    await statuses(10)
    expect((await server.call('nobody', 'GET', '/healthz')).status).toBe(200)
  })

  it('behind proxies are told apart by what the proxies saw, and by nothing that a client wrote', async () => {
    server = await startTestServer({ requestRatePerS: 1, trustProxy: 1 })
    expect(await statuses(11, '1.1.1.1')).toContain(429)
    expect(await statuses(1, '2.2.2.2')).toEqual([200])
    expect(await statuses(1, '9.9.9.9, 1.1.1.1')).toEqual([429])
  })

  it('without a proxy are of one address whatever they say', async () => {
    server = await startTestServer({ requestRatePerS: 1 })
    await statuses(5, '1.1.1.1')
    expect(await statuses(6, '2.2.2.2')).toContain(429)
  })
})

describe('sends of one user', () => {
  it('[P-48] above the rate are rate_limited, and a repeat is not', async () => {
    server = await startTestServer({ sendRatePerS: 1, sendBurst: 3 })
    const { admin } = server.tidings
    await admin.upsertWorkspace({ workspaceId: 'w' })
    await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
    const send = (client_msg_id: string) =>
      server.call('alice', 'POST', '/v1/channels/c/messages', { text: 'x', client_msg_id })
    for (const id of ['1', '2', '3']) expect((await send(id)).status).toBe(201)
    const refused = await send('4')
    expect([refused.status, refused.body.error.code]).toEqual([429, 'rate_limited'])
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await send('2')).body.data.deduplicated).toBe(true)
  })
})
