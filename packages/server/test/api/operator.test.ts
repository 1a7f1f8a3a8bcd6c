import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { samples } from '../support/metrics.js'
import { startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.end())

describe('what an operator asks', () => {
  it('alive and ready are told without a token', async () => {
    expect((await server.call('nobody', 'GET', '/healthz')).body).toEqual({ status: 'ok' })
    expect((await server.call('nobody', 'GET', '/readyz')).body).toEqual({
      status: 'ok',
      checks: { server: 'ok', store: 'ok', sequencer: 'ok' },
    })
  })

  it('metrics are in the text of Prometheus and count what happens', async () => {
    const { admin } = server.tidings
    await admin.upsertWorkspace({ workspaceId: 'w' })
    await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
    const alice = await Session.greeted(server.url, 'alice')
    await alice.sends('c', 'hello')
    await alice.asks({ type: 'no.such.frame' })
    const answer = await server.call('nobody', 'GET', '/metrics')
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    const found = samples(answer.body)
    expect(found.get('tidings_connections')).toBe(1)
    expect(found.get('tidings_frames_received_total{type="message.send"}')).toBe(1)
    expect(found.get('tidings_frames_refused_total{code="unknown_type"}')).toBe(1)
    expect(found.get('tidings_commands_total{result="events"}')).toBe(2)
    expect(found.get('tidings_batch_commands_sum')).toBe(2)
    // the message, to the one socket that there is
    expect(found.get('tidings_deliveries_total')).toBe(1)
    expect(found.get('tidings_delivery_seconds_count')).toBe(1)
    expect(found.get('tidings_append_seconds_count')).toBeGreaterThan(0)
    expect(found.get('tidings_store_write_seconds_count')).toBeGreaterThan(0)
    const asked = 'tidings_http_request_seconds_count{route="/v1/openapi.json",status="200"}'
    expect(found.get(asked)).toBe(1)
    expect(found.get('tidings_log_lag{partition="0"}')).toBe(0)
    expect([...found.keys()].filter((name) => !/^tidings_/.test(name))).toEqual([])
    await alice.end()
  })

  it('no label of a metric is made by a client', async () => {
    const alice = await Session.greeted(server.url, 'alice')
    await alice.asks({ type: 'made-up-by-a-client' })
    await server.call('alice', 'GET', '/v1/made-up-by-a-client')
    await server.call('alice', 'GET', '/v1/channels/made-up-by-a-client')
    const { body } = await server.call('nobody', 'GET', '/metrics')
    expect(body).not.toContain('made-up-by-a-client')
    await alice.end()
  })

  it('the numbers of two servers in one process do not meet', async () => {
    const other = await startTestServer()
    const alice = await Session.greeted(server.url, 'alice')
    const count = async (of: TestServer) =>
      samples((await of.call('nobody', 'GET', '/metrics')).body).get('tidings_connections')
    expect([await count(server), await count(other)]).toEqual([1, 0])
    await alice.end()
    await other.end()
  })
})
