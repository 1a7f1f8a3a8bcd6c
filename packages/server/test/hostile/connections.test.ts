import { afterEach, describe, expect, it } from 'vitest'
import type { ServerOptions } from '../../src/index.js'
import { samples } from '../support/metrics.js'
import { RawConnection, upgradeRequest } from '../support/raw.js'
import { startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'

let server: TestServer
const start = async (options: ServerOptions): Promise<void> => {
  server = await startTestServer(options)
}
afterEach(() => server.end())

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

async function refused(user: string, options = {}) {
  const session = await Session.open(server.url, user, options)
  const code = await session.closed()
  return [code, session.received]
}
const tooMany = [
  4429,
  [
    {
      type: 'error',
      code: 'too_many_connections',
      message: expect.any(String),
      retryable: true,
      retry_after_ms: expect.any(Number),
    },
  ],
]

describe('connections', () => {
  it('[P-76] above the bound are told why and when to come back, and find a place when one is free', async () => {
    await start({ maxConnections: 2 })
    const first = await Session.greeted(server.url, 'alice')
    const second = await Session.greeted(server.url, 'bob')
    expect(await refused('carol')).toEqual(tooMany)
    await first.end()
    await until('there is a place', async () => {
      const session = await Session.open(server.url, 'carol')
      session.say({ type: 'hello', device_id: 'd', last_seq_map: {} })
      await until('it is answered', () => session.received.length > 0)
      const [answer] = session.received
      await session.end()
      return answer.type === 'hello_ack'
    })
    expect(await second.asks({ type: 'ping', ts: 1 })).toMatchObject({ type: 'pong' })
    await second.end()
  })

  it('[P-76] who does not offer tidings.v1 is told by HTTP', async () => {
    await start({ maxConnections: 1 })
    const first = await Session.greeted(server.url, 'alice')
    const connection = await RawConnection.open(server.port)
    connection.write(upgradeRequest({ protocols: '' }))
    const { status, head, body } = await connection.httpAnswer()
    expect([status, body.error]).toMatchObject([
      429,
      { code: 'too_many_connections', retryable: true, retry_after_ms: expect.any(Number) },
    ])
    expect(head).toMatch(/\r\nRetry-After: \d+/)
    await first.end()
  })

  it('that are refused are counted, by frame or by HTTP', async () => {
    await start({ maxConnections: 1 })
    const first = await Session.greeted(server.url, 'alice')
    await refused('bob')
    const byHttp = async (upgrade: Parameters<typeof upgradeRequest>[0]) => {
      const connection = await RawConnection.open(server.port)
      connection.write(upgradeRequest(upgrade))
      return (await connection.httpAnswer()).status
    }
    expect(await byHttp({ protocols: '' })).toBe(429)
    expect(await byHttp({ protocols: 'other.v9' })).toBe(400)
    await first.end()
    expect(await byHttp({ protocols: '', token: 'bad' })).toBe(401)
    const found = samples((await server.call('nobody', 'GET', '/metrics')).body)
    const counted = (code: string) => found.get(`tidings_connections_refused_total{code="${code}"}`)
    expect(
      ['too_many_connections', 'unsupported_version', 'unauthorized', 'not_found'].map(counted),
    ).toEqual([2, 1, 1, undefined])
  })

  it('of one address have a bound of their own, whatever that address writes', async () => {
    await start({ maxConnectionsPerIp: 2, trustProxy: 1 })
    const greeted = [
      await Session.greeted(server.url, 'a', from('1.1.1.1')),
      await Session.greeted(server.url, 'b', from('9.9.9.9, 1.1.1.1')),
    ]
    expect(await refused('c', from('1.1.1.1'))).toEqual(tooMany)
    expect(await refused('c', from('8.8.8.8, 1.1.1.1'))).toEqual(tooMany)
    greeted.push(await Session.greeted(server.url, 'c', from('2.2.2.2')))
    for (const session of greeted) await session.end()
  })

  it('that are opened and left in a storm leave nothing behind', async () => {
    await start({ maxConnections: 50, maxConnectionsPerIp: 50 })
    for (let round = 0; round < 10; round++) {
      const connections = await Promise.all(
        Array.from({ length: 40 }, () => RawConnection.open(server.port)),
      )
      for (const [i, connection] of connections.entries()) {
        connection.write(upgradeRequest({ token: 'alice' }))
        if (i % 3 === 0) connection.reset()
      }
      await until('the rest is upgraded', () =>
        connections.every((one, i) => i % 3 === 0 || one.text.includes(' 101 ') || one.ended),
      )
      for (const connection of connections) connection.reset()
    }
    await until('nobody is left', async () => {
      const { body } = await server.call('nobody', 'GET', '/metrics')
      return body.includes('\ntidings_connections 0\n')
    })
    const alice = await Session.greeted(server.url, 'alice')
    await alice.end()
  })

  it('above the rate are told when to come back', async () => {
    await start({ connectionRatePerS: 1 })
    const sessions = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((user) => Session.open(server.url, user)),
    )
    await until('some are refused', () => sessions.some(({ closedWith }) => closedWith === 4429))
    expect(sessions.filter(({ closedWith }) => closedWith === undefined).length).toBeGreaterThan(0)
    for (const session of sessions) await session.end()
  })
})
