import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../support/server.js'

let server: TestServer
const send = (as: string, channelId: string, body = {}) =>
  server.call(as, 'POST', `/v1/channels/${channelId}/messages`, { text: 'hello', ...body })
/** How many of so many sends at once are let through; a burst is of many seconds, so that time does not count. */
const passed = async (as: string, channelId: string, count: number) => {
  const answers = await Promise.all(Array.from({ length: count }, () => send(as, channelId)))
  expect(answers.filter(({ status }) => status !== 201 && status !== 429)).toEqual([])
  return answers.filter(({ status }) => status === 201).length
}
const limited = async (scope: string) => {
  const { body } = await server.call('nobody', 'GET', '/metrics')
  const sample = new RegExp(`^tidings_rate_limited_total\\{scope="${scope}"\\} (\\d+)$`, 'm')
  return Number(sample.exec(body)?.[1] ?? 0)
}

async function begin(settings: Parameters<typeof startTestServer>[0]): Promise<void> {
  server = await startTestServer({ sendRatePerS: 0, channelRatePerS: 0, ...settings })
  const { admin } = server.tidings
  for (const workspaceId of ['w', 'v']) await admin.upsertWorkspace({ workspaceId })
  for (const channelId of ['w1', 'w2', 'v1']) {
    const workspaceId = channelId.slice(0, 1)
    await admin.upsertChannel({ workspaceId, channelId, ownerId: 'alice' })
    await admin.upsertMember({ channelId, userId: 'bob' })
  }
}
afterEach(() => server.end())

describe('the quota of a workspace', () => {
  beforeEach(() => begin({ workspaceRatePerS: 1, workspaceBurst: 30 }))

  it('[P-48] I7: is over all its channels and users, and no other workspace is touched', async () => {
    expect(await passed('alice', 'w1', 15)).toBe(15)
    expect(await passed('bob', 'w2', 20)).toBe(15)
    expect(await passed('alice', 'v1', 5)).toBe(5)
    const { body } = await send('bob', 'w2')
    expect(body.error).toMatchObject({ code: 'rate_limited', retryable: true })
    expect(body.error.retry_after_ms).toBeGreaterThan(0)
    expect(await limited('workspace')).toBe(6)
  })

  it('[P-39] a repeat is not charged to it', async () => {
    const once = { client_msg_id: 'the-same' }
    for (let i = 0; i < 5; i++) expect((await send('alice', 'w1', once)).status).toBe(201)
    expect(await passed('alice', 'w2', 29)).toBe(29)
    expect(await limited('workspace')).toBe(0)
  })
})

describe('requests', () => {
  const from = async (address: string) => {
    const headers = { 'x-forwarded-for': address }
    return (await server.call('alice', 'GET', '/v1/me', undefined, { headers })).status
  }

  it('I7: are counted by address, of IPv6 by the network that one client has all of', async () => {
    await begin({ requestRatePerS: 1, trustProxy: 1 })
    const networks = Array.from({ length: 10 }, (_, i) => `2001:db8:0:${i}::1`)
    expect(await Promise.all(networks.map(from))).toEqual(Array(10).fill(200))
    const addresses = Array.from({ length: 11 }, (_, i) => `2001:db8:1:1::${i}`)
    expect(
      (await Promise.all(addresses.map(from))).filter((status) => status === 429),
    ).toHaveLength(1)
    expect([await from('10.0.0.1'), await from('::ffff:10.0.0.1')]).toEqual([200, 200])
  })
})

describe('rates', () => {
  it('I7: are counted apart by what was limited', async () => {
    await begin({ sendRatePerS: 1, sendBurst: 20, channelRatePerS: 1, channelBurst: 30 })
    expect(await passed('alice', 'w1', 21)).toBe(20)
    expect(await passed('bob', 'w1', 12)).toBe(10)
    expect([await limited('user'), await limited('channel')]).toEqual([1, 2])
    expect(await limited('workspace')).toBe(0)
  })
})
