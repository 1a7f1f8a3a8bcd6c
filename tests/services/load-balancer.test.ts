import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type LoadBalancer, startLoadBalancer } from '../../scripts/services/index.js'
import { until } from './support/until.js'
import { Upstream } from './support/upstream.js'

describe.for(['haproxy', 'envoy'] as const)('a load balancer, %s,', { timeout: 90_000 }, (kind) => {
  let gateways: Upstream[]
  let api: Upstream
  let balancer: LoadBalancer
  let clients: WebSocket[]
  beforeEach(async () => {
    clients = []
    gateways = await Promise.all(['one', 'two'].map((name) => Upstream.start(name)))
    api = await Upstream.start('api')
    balancer = await startLoadBalancer({
      kind,
      routes: [
        {
          name: 'gateways',
          pathPrefix: '/v1/ws',
          upstreams: gateways.map(({ address }) => address),
          webSocket: true,
        },
        { name: 'api', pathPrefix: '/', upstreams: [api.address] },
      ],
    })
    await until('it passes requests on', async () => (await get('/v1/users')) === 'api')
    await until(
      'it passes sockets on',
      async () => (await open('x').catch(() => undefined)) !== undefined,
    )
  }, 90_000)
  afterEach(async () => {
    for (const client of clients) client.terminate()
    await balancer.close()
    for (const upstream of [...gateways, api]) upstream.die()
  })

  const get = async (path: string) => {
    const response = await fetch(`http://${balancer.address}${path}`).catch(() => undefined)
    return response?.ok ? response.text() : undefined
  }

  /** A socket of this user, and the name of the gateway behind it. */
  function open(user: string): Promise<{ socket: WebSocket; gateway: string }> {
    const socket = new WebSocket(`ws://${balancer.address}/v1/ws`, { headers: { 'x-user': user } })
    clients.push(socket)
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.once('open', () => socket.send('who is it?'))
      socket.once('message', (gateway) => resolve({ socket, gateway: gateway.toString() }))
    })
  }

  const openAll = (users: readonly string[]) => Promise.all(users.map(open))
  const users = Array.from({ length: 20 }, (_, index) => `user-${index}`)

  it('spreads users over gateways, and leads each of them to the same one again', async () => {
    const first = (await openAll(users)).map(({ gateway }) => gateway)
    const second = (await openAll(users)).map(({ gateway }) => gateway)
    expect(second).toEqual(first)
    expect(new Set(first)).toEqual(new Set(['one', 'two']))
  })

  it('sends requests elsewhere', async () => {
    expect(await get('/v1/channels')).toBe('api')
  })

  it('closes the sockets of a gateway that dies, and leads everybody to the other', async () => {
    const before = await openAll(users)
    const orphans = before.filter(({ gateway }) => gateway === 'one')
    const closed = orphans.map(
      ({ socket }) => new Promise((resolve) => socket.once('close', resolve)),
    )
    gateways[0]?.die()
    await Promise.all(closed)
    await until('all can come back', async () => {
      const after = await openAll(users).catch(() => [])
      return after.length === users.length && after.every(({ gateway }) => gateway === 'two')
    })
  })

  it('leads newcomers away from a gateway that drains, which keeps the sockets that it has', async () => {
    const before = await openAll(users)
    const [first] = gateways
    if (first) first.isDraining = true
    await until('newcomers are all led to the other', async () => {
      const after = await openAll(users).catch(() => [])
      return after.length === users.length && after.every(({ gateway }) => gateway === 'two')
    })
    await until('the health checks have seen it', () => (first?.checksWhileDraining ?? 0) >= 4)
    expect(before.every(({ socket }) => socket.readyState === WebSocket.OPEN)).toBe(true)
  })
})
