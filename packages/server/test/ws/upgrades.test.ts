import { afterEach, describe, expect, it } from 'vitest'
import { listen, until } from './listen.js'

let ws: Awaited<ReturnType<typeof listen>>
afterEach(() => ws.close())

const tokenProtocol = (token: string) => `tidings.token.${Buffer.from(token).toString('base64url')}`

describe('an upgrade', () => {
  it('takes the token from the subprotocols or the query, and answers with tidings.v1 only', async () => {
    ws = await listen()
    const first = await ws.open([tokenProtocol('ä.b.c'), 'tidings.v1'])
    expect(first.client.protocol).toBe('tidings.v1')
    await ws.open(['tidings.v1'], '/v1/ws?x=1&token=a%20b')
    await ws.open(['tidings.v1'])
    expect(ws.seen.map(({ request }) => request.token)).toEqual(['ä.b.c', 'a b', undefined])
    expect(ws.seen.map(({ admission }) => admission)).toEqual([
      { admitted: true },
      { admitted: true },
      { admitted: true },
    ])
  })

  it('with an empty token is one without: another place may hold it, or the hello', async () => {
    ws = await listen()
    await ws.open(['tidings.v1'], '/v1/ws?token=')
    await ws.open([tokenProtocol(''), 'tidings.v1'])
    await ws.open([tokenProtocol(''), 'tidings.v1'], '/v1/ws?token=good')
    await ws.open([], '/v1/ws?token=')
    expect(ws.seen.map(({ request }) => request.token)).toEqual([
      undefined,
      undefined,
      'good',
      undefined,
    ])
  })

  it('is there on its own path only', async () => {
    ws = await listen()
    for (const path of ['/v1/ws/', '/', '/v1/wsx?path=/v1/ws']) {
      expect((await ws.open(['tidings.v1'], path)).status).toBe(404)
    }
    expect(ws.seen).toEqual([])
  })

  it('[P-77] that offers subprotocols but not ours is refused with 400', async () => {
    ws = await listen()
    const { status, body } = await ws.open(['other.v9', tokenProtocol('t')])
    expect(status).toBe(400)
    expect(JSON.parse(body ?? '')).toMatchObject({
      data: null,
      error: { code: 'unsupported_version', request_id: expect.any(String) },
    })
  })

  it('that offers none is served, without a subprotocol', async () => {
    ws = await listen()
    const { client } = await ws.open([])
    expect(client.protocol).toBe('')
    expect(ws.seen).toHaveLength(1)
  })

  it('that is none is refused and harms nothing', async () => {
    ws = await listen()
    for (const headers of [
      'Upgrade: websocket\r\nConnection: Upgrade',
      'Upgrade: other\r\nConnection: Upgrade',
      'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short',
    ]) {
      const socket = await ws.tcp()
      let answer = ''
      socket.on('data', (bytes) => {
        answer += bytes
      })
      socket.write(`GET /v1/ws HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n`)
      await until(() => socket.closed)
      expect(answer).toMatch(/^HTTP\/1.1 400 /)
    }
    expect(ws.seen).toEqual([])
  })

  it('of a page of another origin is forbidden, of the same or a listed one it is not', async () => {
    ws = await listen()
    const origins = [
      `http://127.0.0.1:${ws.port}`,
      'https://app.example.com',
      'https://evil.example',
      'null',
    ]
    for (const origin of origins) await ws.open(['tidings.v1'], '/v1/ws', { origin })
    expect(ws.seen.map(({ admission }) => admission)).toEqual([
      { admitted: true },
      { admitted: true },
      { refusal: { code: 'forbidden', message: 'Pages of this origin may not connect.' } },
      { refusal: { code: 'forbidden', message: 'Pages of this origin may not connect.' } },
    ])
    expect((await ws.open([], '/v1/ws', { origin: 'https://evil.example' })).status).toBe(403)
  })

  it('any origin may connect where that is said', async () => {
    ws = await listen({ corsOrigins: ['*'] })
    await ws.open(['tidings.v1'], '/v1/ws', { origin: 'https://evil.example' })
    expect(ws.seen[0]?.admission).toEqual({ admitted: true })
  })
})

describe('[P-76] a refused upgrade', () => {
  it('is explained by frame to who offers tidings.v1, by HTTP to others', async () => {
    ws = await listen()
    ws.gate.refusal = { code: 'too_many_connections', retryAfterMs: 2_500 }
    const browser = await ws.open()
    expect(browser.status).toBeUndefined()
    expect(ws.seen[0]?.admission).toEqual({ refusal: ws.gate.refusal })
    const other = await ws.open([])
    expect([other.status, other.retryAfter]).toEqual([429, '3'])
    expect(JSON.parse(other.body ?? '')).toMatchObject({ error: { code: 'too_many_connections' } })
    ws.gate.refusal = { code: 'unavailable', retryAfterMs: 1_000 }
    expect(await ws.open([])).toMatchObject({ status: 503, retryAfter: '1' })
  })

  it('is refused by HTTP where an upgrade cannot be afforded', async () => {
    ws = await listen()
    ws.gate.refusal = { code: 'too_many_connections', retryAfterMs: 1_000 }
    ws.gate.canExplain = false
    expect((await ws.open()).status).toBe(429)
    expect(ws.seen).toEqual([])
  })

  it('a bad token is told by status to who can read one', async () => {
    ws = await listen()
    ws.gate.tokenRefusal = { code: 'unauthorized' }
    expect((await ws.open([], '/v1/ws?token=bad')).status).toBe(401)
    expect((await ws.open(['tidings.v1'], '/v1/ws?token=bad')).status).toBeUndefined()
    ws.gate.tokenRefusal = undefined
    expect((await ws.open([], '/v1/ws?token=good')).status).toBeUndefined()
    expect(ws.seen.map(({ request }) => request.token)).toEqual(['bad', 'good'])
  })
})

describe('an upgrade whose token is being checked', () => {
  it('is refused when the server closes meanwhile, and not a second time', async () => {
    ws = await listen()
    const asked = Promise.withResolvers<void>()
    const verdict = Promise.withResolvers<undefined>()
    ws.gate.onCheck = () => {
      asked.resolve()
      return verdict.promise
    }
    const opening = ws.open([], '/v1/ws?token=good')
    await asked.promise
    ws.upgrades.close()
    expect(await opening).toMatchObject({ status: 503, retryAfter: '1' })
    verdict.resolve(undefined)
    await verdict.promise
    expect(ws.seen).toEqual([])
  })
})

describe('the address of a client', () => {
  const address = async (trustProxy: number, forwarded?: string) => {
    ws = await listen({ trustProxy })
    await ws.open(['tidings.v1'], '/v1/ws', forwarded ? { 'x-forwarded-for': forwarded } : {})
    return ws.seen[0]?.request.remoteAddress
  }

  it.each([
    [0, '6.6.6.6', '127.0.0.1'],
    [1, '6.6.6.6, 10.0.0.1', '10.0.0.1'],
    [2, '6.6.6.6, 9.9.9.9, 10.0.0.1', '9.9.9.9'],
    [3, '9.9.9.9', '9.9.9.9'],
    [1, undefined, '127.0.0.1'],
  ])('behind %i proxies that said %s is %s', async (trustProxy, forwarded, expected) => {
    expect(await address(trustProxy, forwarded)).toBe(expected)
  })
})
