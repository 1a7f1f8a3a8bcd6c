import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { get as getOverTls } from 'node:https'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { LIMITS } from '@tidings/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type LoadBalancer, startLoadBalancer } from '../../scripts/services/index.js'
import { certificate } from '../../scripts/services/testing/certificate.js'
import { until } from './support/until.js'
import { Upstream } from './support/upstream.js'

const file = new URL('../../deploy/envoy.yaml', import.meta.url)

describe('the configuration of Envoy for users', { timeout: 90_000 }, () => {
  let folder: string
  let config: string
  let gateways: Upstream[]
  let api: Upstream
  let balancer: LoadBalancer
  let clients: WebSocket[]

  beforeEach(async () => {
    clients = []
    folder = await mkdtemp(join(tmpdir(), 'tidings-envoy-'))
    await writeFile(join(folder, 'tls.crt'), certificate.cert)
    await writeFile(join(folder, 'tls.key'), certificate.key)
    config = await readFile(file, 'utf8')
    gateways = await Promise.all(['one', 'two'].map((name) => Upstream.start(name)))
    api = await Upstream.start('api')
    balancer = await startLoadBalancer({
      kind: 'envoy',
      routes: [],
      envoy: (port) => {
        const there = [
          ['address: 0.0.0.0, port_value: 8443', `address: 127.0.0.1, port_value: ${port}`],
          ['/etc/envoy/tls/', `${folder}/`],
          [endpoint('gateway:8080'), gateways.map(({ address }) => endpoint(address)).join('')],
          [endpoint('api:8080'), endpoint(api.address)],
        ] as const
        return there.reduce((text, [from, to]) => replaced(text, from, to), config)
      },
    })
    await until('it passes requests on', async () => (await get('/v1/users')).body === 'api')
    await until('it passes sockets on', async () => (await openAll(1).catch(() => [])).length === 1)
  }, 90_000)
  afterEach(async () => {
    for (const client of clients) client.terminate()
    await balancer.close()
    for (const upstream of [...gateways, api]) upstream.die()
    await rm(folder, { recursive: true })
  })

  /** An answer over TLS, by a certificate that is known. */
  function get(path: string, headers: Record<string, string> = {}) {
    const url = `https://${balancer.address}${path}`
    return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      getOverTls(url, { ca: certificate.cert, headers, agent: false }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => (body += text))
        response.once('end', () => resolve({ status: response.statusCode, body }))
      }).once('error', reject)
    })
  }

  /** A socket over TLS, the gateway behind it, and the cookie that the answer brought. */
  function open(cookie?: string) {
    const socket = new WebSocket(`wss://${balancer.address}/v1/ws`, {
      ca: certificate.cert,
      ...(cookie !== undefined && { headers: { cookie } }),
    })
    clients.push(socket)
    let brought = ''
    socket.once('upgrade', ({ headers }) => {
      brought = headers['set-cookie']?.join() ?? ''
    })
    return new Promise<{ socket: WebSocket; gateway: string; cookie: string }>(
      (resolve, reject) => {
        socket.once('error', reject)
        socket.once('open', () => socket.send('who is it?'))
        socket.once('message', (gateway) =>
          resolve({ socket, gateway: gateway.toString(), cookie: brought }),
        )
      },
    )
  }
  const openAll = (count: number) => Promise.all(Array.from({ length: count }, () => open()))

  it('spreads sockets over gateways, and leads a browser back to its own', async () => {
    const first = await openAll(20)
    expect(new Set(first.map(({ gateway }) => gateway))).toEqual(new Set(['one', 'two']))
    for (const { gateway, cookie } of first) {
      expect(cookie).toMatch(/^tidings_gateway=/)
      expect(cookie).toMatch(/Secure/)
      expect(cookie).toMatch(/HttpOnly/)
      expect((await open(cookie.split(';')[0])).gateway).toBe(gateway)
    }
  })

  it('leads requests to the api, and shows nobody what is for operators', async () => {
    expect(await get('/v1/channels')).toEqual({ status: 200, body: 'api' })
    for (const path of ['/metrics', '/readyz', '/healthz', '/', '/v1', '/v1/../metrics']) {
      expect((await get(path)).status, path).toBe(404)
    }
  })

  it('tells the processes who asks, at the right of what the client claims', async () => {
    await get('/v1/channels', { 'x-forwarded-for': '192.0.2.7' })
    // Of a client on the loopback Envoy tells the address of the machine instead.
    const own = Object.values(networkInterfaces()).flatMap((each = []) => each)
    const asked = api.lastHeaders['x-forwarded-for']?.toString() ?? ''
    expect(asked).toMatch(/^192\.0\.2\.7,[^,]+$/)
    expect(own.map(({ address }) => address)).toContain(asked.split(',').at(-1))
  })

  it('leaves an idle connection to a process before the process does, which could be in the middle of a request', async () => {
    await get('/v1/channels')
    await until('it is ended', () => api.lastEndedBy !== undefined)
    expect(api.lastEndedBy).toBe('balancer')
  })

  it('lets more sockets be than Envoy does by default', async () => {
    while (clients.length < 1_030) await openAll(100)
    expect(clients.filter(({ readyState }) => readyState === WebSocket.OPEN)).toHaveLength(
      clients.length,
    )
  })

  it('closes the sockets of a gateway that dies, and leads everybody to the other', async () => {
    const before = await openAll(20)
    const orphans = before.filter(({ gateway }) => gateway === 'one')
    const closed = orphans.map(
      ({ socket }) => new Promise((resolve) => socket.once('close', resolve)),
    )
    gateways[0]?.die()
    await Promise.all(closed)
    await until('all can come back', async () => {
      const after = await openAll(20).catch(() => [])
      return after.length === 20 && after.every(({ gateway }) => gateway === 'two')
    })
  })

  it('leads newcomers away from a gateway that drains, which keeps the sockets that it has', async () => {
    const before = await openAll(20)
    const [first] = gateways
    if (first) first.isDraining = true
    await until('newcomers are all led to the other', async () => {
      const after = await openAll(20).catch(() => [])
      return after.length === 20 && after.every(({ gateway }) => gateway === 'two')
    })
    expect(before.every(({ socket }) => socket.readyState === WebSocket.OPEN)).toBe(true)
  })

  it('waits longer than the heartbeat', () => {
    expect(config).toMatch(/path: \/v1\/ws }\n +route:\n(?: +[^\n]*\n){2} +timeout: 0s\n/)
    expect(config).toContain('stream_idle_timeout: 0s\n')
    const [, idleS] = /idle_timeout: (\d+)s }/.exec(config) ?? []
    expect(Number(idleS) * 1_000).toBeGreaterThan(LIMITS.pingIntervalMs + LIMITS.pingJitterMs)
  })
})

function endpoint(address: string): string {
  const [host, port] = address.split(':')
  return `              - endpoint: { address: { socket_address: { address: ${host}, port_value: ${port} } } }\n`
}

/** What is not there any more is not tested any more. */
function replaced(text: string, from: string, to: string): string {
  expect(text).toContain(from)
  return text.replaceAll(from, to)
}
