import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { refuseByHttp } from '../../src/adapters/ws/refuse.js'
import { createOwnHttpServer } from '../../src/api/http-server.js'
import { frame, jsonFrame, RawConnection, upgradeRequest } from '../support/raw.js'
import { startTestServer, type TestServer } from '../support/server.js'
import { Session } from '../support/session.js'
import { until } from '../support/wait.js'

const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of open.splice(0)) await end()
})

/** The server's own HTTP server with short deadlines, and a route that reads bodies. */
async function impatient(over: { headersTimeoutMs?: number; requestTimeoutMs?: number } = {}) {
  const http = createOwnHttpServer({
    maxConnections: 10,
    headersTimeoutMs: 300,
    requestTimeoutMs: 600,
    mayUpgrade: () => false,
    refuse: (socket, code) => refuseByHttp(socket, { code }),
    routing(request, response) {
      request.on('error', () => undefined)
      request.resume().on('end', () => response.end('{"data":"read"}'))
    },
    ...over,
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  open.push(async () => {
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })
  return { http, port: (http.address() as AddressInfo).port }
}

async function testServer(options: Parameters<typeof startTestServer>[0]): Promise<TestServer> {
  const server = await startTestServer(options)
  open.push(() => server.end())
  return server
}

/** Writes one byte after the other, with a pause, until the other side has had enough; resolves to how many it let pass. */
async function dribble(connection: RawConnection, text: string, everyMs: number): Promise<number> {
  let written = 0
  for (const byte of Buffer.from(text)) {
    if (connection.ended) break
    connection.write(Buffer.from([byte]))
    written += 1
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
  await until('it is ended', () => connection.ended)
  return written
}

/** With a pause of 20 ms between two bytes: 20 s, many times what is allowed. */
const LONG = 1_000

describe('a slow request', () => {
  it('I7: whose headers never end is answered and ended in time, however busy it looks', async () => {
    const { port } = await impatient()
    const connection = await RawConnection.open(port)
    const headers = `GET / HTTP/1.1\r\nHost: x\r\n${'X-A: b\r\n'.repeat(LONG / 8)}`
    expect(await dribble(connection, headers, 20)).toBeLessThan(headers.length)
    const { status, body } = await connection.httpAnswer()
    expect([status, body.error.code]).toEqual([400, 'invalid_frame'])
  })

  it('I7: that never begins is ended in time', async () => {
    const { port } = await impatient()
    const connection = await RawConnection.open(port)
    await until('it is ended', () => connection.ended)
  })

  it('I7: whose body never ends is ended in time', async () => {
    const { port } = await impatient()
    const connection = await RawConnection.open(port)
    connection.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n')
    expect(await dribble(connection, 'x'.repeat(LONG), 20)).toBeLessThan(LONG)
  })

  it('I7: of an upgrade that never ends is ended in time', async () => {
    const { port } = await impatient()
    const connection = await RawConnection.open(port)
    const request = upgradeRequest({ headers: 'X-A: b\r\n'.repeat(LONG / 8) }).slice(0, -2)
    expect(await dribble(connection, request, 20)).toBeLessThan(request.length)
  })

  it('that is slow and in time is served', async () => {
    const { port } = await impatient({ headersTimeoutMs: 5_000, requestTimeoutMs: 10_000 })
    const connection = await RawConnection.open(port)
    await dribble(
      connection,
      'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi',
      1,
    )
    expect(await connection.httpAnswer()).toMatchObject({ status: 200, body: { data: 'read' } })
  })

  it('I7: network connections have a bound', async () => {
    const { http, port } = await impatient({ headersTimeoutMs: 20_000, requestTimeoutMs: 20_000 })
    expect(http.maxConnections).toBe(2_010)
    http.maxConnections = 5
    const connections = await Promise.all(Array.from({ length: 8 }, () => RawConnection.open(port)))
    await until(
      'those above it are dropped',
      () => connections.filter(({ ended }) => ended).length === 3,
    )
    for (const connection of connections) connection.reset()
  })
})

describe('what is no HTTP', () => {
  it.each<[string, string, number, string]>([
    ['noise', '\u0000\u0001nonsense\r\n\r\n', 400, 'invalid_frame'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.0\r\n', 400, 'invalid_frame'],
    [
      'headers that are too large',
      `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
      413,
      'payload_too_large',
    ],
    [
      'a header with a zero byte',
      'GET / HTTP/1.1\r\nHost: x\r\nX: a\u0000b\r\n\r\n',
      400,
      'invalid_frame',
    ],
    [
      'a smuggled length',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
      'invalid_frame',
    ],
  ])('%s is answered in the form of every answer', async (_, text, status, code) => {
    const { port } = await impatient()
    const connection = await RawConnection.open(port)
    connection.write(Buffer.from(text, 'latin1'))
    expect(await connection.httpAnswer()).toMatchObject({
      status,
      body: { data: null, error: { code, request_id: expect.any(String), retryable: false } },
    })
  })

  it('behind a request that is still being answered is no answer to that one', async () => {
    const server = await testServer({})
    const connection = await RawConnection.open(server.port)
    connection.write(
      'GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice\r\n\r\n\u0001\u0001\r\n\r\n',
    )
    await until('it is ended', () => connection.ended)
    expect(connection.text).not.toContain('invalid_frame')
  })

  it('from a peer that is gone ends no process', async () => {
    const server = await testServer({})
    for (let i = 0; i < 50; i++) {
      const connection = await RawConnection.open(server.port)
      connection.write(i % 2 ? '\u0001\r\n\r\n' : 'GET /v1/me HTTP/1.1\r\nHost: x\r\n\r\n')
      connection.reset()
    }
    expect((await server.call('alice', 'GET', '/v1/me')).status).toBe(200)
  })
})

describe('a slow socket', () => {
  it.each<[string, Buffer]>([
    ['says nothing', Buffer.alloc(0)],
    ['begins a frame and stops', frame('x'.repeat(100), { statedLength: 60_000 })],
    ['begins a message and stops', frame('{"type":"hel', { fin: false })],
    ['sends half a header', Buffer.from([0x81])],
    ['only answers pings', frame('', { opcode: 10 })],
  ])('[P-19] that %s is ended with 4001 when the time for hello is over', async (_, bytes) => {
    const server = await testServer({ helloTimeoutMs: 200 })
    const connection = await RawConnection.upgraded(server.port, { token: 'alice' })
    connection.write(bytes)
    await until('the server closes', () => connection.closeCode !== undefined)
    expect([connection.closeCode, connection.envelopes]).toMatchObject([
      4001,
      [{ code: 'unauthorized' }],
    ])
    // a peer that does not answer the close is cut off
    await until('it is ended', () => connection.ended)
  })

  it('that says its hello byte by byte in time is greeted', async () => {
    const server = await testServer({ helloTimeoutMs: 10_000 })
    const connection = await RawConnection.upgraded(server.port, { token: 'alice' })
    for (const byte of jsonFrame({ type: 'hello', device_id: 'd', last_seq_map: {} })) {
      connection.write(Buffer.from([byte]))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await until('it is greeted', () => connection.envelopes.length === 1)
    expect(connection.envelopes).toMatchObject([{ type: 'hello_ack' }])
    connection.reset()
  })

  it('[P-33] I6: a reader that stops reading is told heads when it goes on, and misses nothing', async () => {
    const server = await testServer({ socketBufferMaxBytes: 64 * 1024 })
    const { admin } = server.tidings
    await admin.upsertWorkspace({ workspaceId: 'w' })
    await admin.upsertChannel({ workspaceId: 'w', channelId: 'c', ownerId: 'alice' })
    await admin.upsertMember({ channelId: 'c', userId: 'slow' })
    const slow = await Session.greeted(server.url, 'slow')
    slow.ws.pause()
    const text = 'x'.repeat(10_000)
    // more than the buffers of the network hold
    for (let i = 0; i < 60; i++) {
      await Promise.all(
        Array.from({ length: 20 }, () => admin.send({ channelId: 'c', userId: 'alice', text })),
      )
    }
    slow.ws.resume()
    const head = await slow.hears('channel.head')
    expect(head.head_seq).toBe(1_202)
    const live = slow.all('message.new').map((event) => event.channel_seq)
    expect(live.length).toBeLessThan(1_200)
    const seen = new Set<number>(live)
    for (let after = 2; after < head.head_seq; ) {
      const page = await slow.asks({
        type: 'backfill.request',
        channel_id: 'c',
        after_seq: after,
        direction: 'forward',
        limit: 100,
      })
      for (const event of page.messages) seen.add(event.channel_seq)
      after = page.to_seq
    }
    expect(seen.size).toBe(1_200)
    await slow.end()
  })
})
