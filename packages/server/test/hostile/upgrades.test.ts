import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { jsonFrame, RawConnection, type UpgradeOptions, upgradeRequest } from '../support/raw.js'
import { startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.end())

const frameOfHello = jsonFrame({ type: 'hello', device_id: 'd', last_seq_map: {} })
const refused = (code: string) => ({
  data: null,
  error: {
    code,
    message: expect.any(String),
    request_id: expect.any(String),
    retryable: false,
  },
})

async function answered(request: string) {
  const connection = await RawConnection.open(server.port)
  connection.write(request)
  return connection.httpAnswer()
}

describe('an upgrade', () => {
  it.each<[string, string]>([
    ['a subprotocol that is not ours', upgradeRequest({ protocols: 'other' })],
    [
      'no key',
      'GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    ],
    ['another path', upgradeRequest({ path: '/v1/me' })],
  ])('from a peer that is gone before the answer ends no process: %s', async (_, request) => {
    for (let i = 0; i < 30; i++) {
      const connection = await RawConnection.open(server.port)
      connection.write(request)
      connection.reset()
      await until('it is gone', () => connection.ended)
    }
    expect((await server.call('nobody', 'GET', '/healthz')).status).toBe(200)
  })

  it.each<[string, string]>([
    ['without a key', 'Sec-WebSocket-Version: 13'],
    ['with a short key', 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short'],
    [
      'of another version',
      'Sec-WebSocket-Version: 7\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    ],
  ])('[P-76] %s is refused by HTTP, in the form of every answer', async (_, headers) => {
    const { status, body } = await answered(
      `GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${headers}\r\n\r\n`,
    )
    expect([status, body]).toEqual([400, refused('invalid_frame')])
  })

  it('[P-77] that offers something else is unsupported_version', async () => {
    const { status, body } = await answered(upgradeRequest({ protocols: 'mqtt, tidings.v9' }))
    expect([status, body]).toEqual([400, refused('unsupported_version')])
    expect(body.error.message).toContain('tidings.v1')
  })

  it('to another protocol is left out of account: the request is answered', async () => {
    const { status, body } = await answered(
      'GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\n' +
        'Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n',
    )
    expect([status, body.data]).toEqual([200, { user_id: 'alice', name: 'alice' }])
  })

  it('on another path is not there', async () => {
    const { status, body } = await answered(
      upgradeRequest({ path: '/v1/wss', headers: 'X-A: 1\r\nConnection: close\r\n' }),
    )
    expect([status, body.error.code]).toEqual([404, 'not_found'])
  })

  it.each<[string, UpgradeOptions]>([
    ['that is no base64url', { protocols: 'tidings.v1, tidings.token.!!!' }],
    ['that is empty', { protocols: 'tidings.v1, tidings.token.' }],
    ['of control characters', { token: '\u0000\r\n' }],
    ['of another kind of id', { token: '__proto__' }],
  ])('with a token %s is refused with 4001', async (_, options) => {
    const connection = await RawConnection.upgraded(server.port, options)
    connection.write(frameOfHello)
    await until('it is closed', () => connection.closeCode !== undefined)
    expect(connection.envelopes).toMatchObject([{ type: 'error', code: 'unauthorized' }])
    expect(connection.closeCode).toBe(4001)
    connection.reset()
  })

  it('with a frame in its own packet is served like any other', async () => {
    const connection = await RawConnection.open(server.port)
    connection.write(Buffer.concat([Buffer.from(upgradeRequest({ token: 'alice' })), frameOfHello]))
    await until('it is greeted', () => connection.envelopes.length > 0)
    expect(connection.envelopes).toMatchObject([{ type: 'hello_ack', user_id: 'alice' }])
    connection.reset()
  })

  it('of odd headers is an answer or a greeting, and a normal one goes on', async () => {
    for (const headers of [
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99\r\n',
      `Sec-WebSocket-Extensions: ${'x; '.repeat(500)}y\r\n`,
      `Sec-WebSocket-Protocol: ${'tidings.v1,'.repeat(300)}\r\n`,
      'Sec-WebSocket-Protocol: ,,,\r\n',
      'Origin: \u00ff\u00fe\r\n',
      'Origin: http://[::1\r\n',
      'Cookie: a=b\r\n',
      'X-Forwarded-For: , ,\r\n',
    ]) {
      const connection = await RawConnection.open(server.port)
      connection.write(Buffer.from(upgradeRequest({ token: 'alice', headers }), 'latin1'))
      await until('it is answered', () => /^HTTP\/1.1 (101|400|403) /.test(connection.text))
      connection.reset()
    }
    const alice = await Session.greeted(server.url, 'alice')
    await alice.end()
  })
})
