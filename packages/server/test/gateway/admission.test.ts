import { afterEach, describe, expect, it } from 'vitest'
import { createWorld, token, type World, type WorldOptions } from './world.js'

let world: World
afterEach(() => world.close())

const create = async (gateway: WorldOptions['gateway'] = {}) => {
  world = await createWorld({ gateway })
  return world
}
const refusedWith = (socket: { received(): unknown[]; closedWith: number | undefined }) => [
  socket.received(),
  socket.closedWith,
]

describe('admission', () => {
  it('[P-76] I7: refuses above the number of connections with 4429, and takes one when one has left', async () => {
    await create({ maxConnections: 2 })
    const first = await world.connect('alice')
    await world.connect('alice')
    const third = world.open({ token: token('alice') })
    expect(refusedWith(third)).toMatchObject([
      [{ type: 'error', code: 'too_many_connections', retry_after_ms: expect.any(Number) }],
      4429,
    ])
    first.end()
    expect((await world.connect('alice')).received('hello_ack')).toHaveLength(1)
  })

  it('[P-76] I7: refuses above the number of connections from one address, not from others', async () => {
    await create({ maxConnectionsPerIp: 1 })
    world.open({ remoteAddress: '10.0.0.1' })
    expect(world.open({ remoteAddress: '10.0.0.1' }).closedWith).toBe(4429)
    expect(world.open({ remoteAddress: '10.0.0.2' }).closedWith).toBeUndefined()
  })

  it('I7: counts all addresses of one IPv6 network as one, and IPv4 as it is, however it is written', async () => {
    await create({ maxConnectionsPerIp: 1 })
    const isRefused = (remoteAddress: string) => world.open({ remoteAddress }).closedWith === 4429
    expect(['2001:db8:1:2::3', '2001:db8:1:2:4:5:6:7'].map(isRefused)).toEqual([false, true])
    expect(['2001:db8:1:3::3', '10.0.0.1'].map(isRefused)).toEqual([false, false])
    expect(['::ffff:10.0.0.1', '::ffff:10.0.0.2'].map(isRefused)).toEqual([true, false])
  })

  it('[P-76] I7: refuses above the rate of new connections, and says when to come back', async () => {
    await create({ connectionRatePerS: 2 })
    for (let i = 0; i < 4; i++) expect(world.open().closedWith).toBeUndefined()
    const refused = world.open()
    expect(refused.closedWith).toBe(4429)
    await world.environment.advance(refused.received()[0].retry_after_ms)
    expect(world.open().closedWith).toBeUndefined()
  })

  it('I7: refuses when too many have not said who they are', async () => {
    await create({ maxUnauthenticated: 2 })
    await world.connect('alice')
    world.open()
    world.open()
    expect(world.open().closedWith).toBe(4429)
    // their time to say hello is over
    await world.environment.advance(10_500)
    expect(world.open().closedWith).toBeUndefined()
  })

  it('I7: leaves room for others beside an address that does not say who it is', async () => {
    await create({ maxUnauthenticatedPerIp: 1 })
    const from = (remoteAddress: string) => world.open({ remoteAddress })
    const greeted = await world.connect('alice')
    expect(greeted.received('hello_ack')).toHaveLength(1)
    const silent = from('10.0.0.1')
    expect(refusedWith(from('10.0.0.1'))).toMatchObject([[{ code: 'too_many_connections' }], 4429])
    expect(from('10.0.0.2').closedWith).toBeUndefined()
    silent.end()
    expect(from('10.0.0.1').closedWith).toBeUndefined()
    const checked = world.gateway.checkToken('slow', '10.0.0.3')
    expect(from('10.0.0.3').closedWith).toBe(4429)
    await world.environment.advance(10_500)
    await checked
    expect(from('10.0.0.3').closedWith).toBeUndefined()
    expect(from('10.0.0.1').closedWith).toBeUndefined()
  })

  it('I7: counts who has no socket yet because their token is checked', async () => {
    await create({ maxUnauthenticated: 2, maxConnectionsPerIp: 1 })
    const from = (remoteAddress: string) => world.gateway.admit({ remoteAddress })?.code
    const checks = ['10.0.0.1', '10.0.0.2'].map((address) =>
      world.gateway.checkToken(token('alice'), address),
    )
    expect(from('10.0.0.3')).toBe('too_many_connections')
    expect(await Promise.all(checks)).toEqual([undefined, undefined])
    expect(from('10.0.0.1')).toBeUndefined()
    const again = world.gateway.checkToken(token('alice'), '10.0.0.1')
    expect(from('10.0.0.1')).toBe('too_many_connections')
    await again
  })

  it('I7: checks a token before the upgrade for as long as a hello may take', async () => {
    await create()
    const check = world.gateway.checkToken('slow', '10.0.0.1')
    await world.environment.advance(10_000)
    expect(await check).toMatchObject({ code: 'unavailable' })
  })

  it('lets nobody in whose token was checked until the server went away', async () => {
    await create()
    const check = world.gateway.checkToken(token('alice'), '10.0.0.1')
    const draining = world.gateway.drain({ timeoutMs: 0 })
    expect(await check).toMatchObject({ code: 'unavailable' })
    await world.finish(draining)
  })

  it('I7: says when refused sockets are too many to be told why', async () => {
    await create({ maxConnections: 1, maxRefusing: 2 })
    await world.connect('alice')
    expect(world.gateway.canExplain()).toBe(true)
    const refused = [world.open(), world.open()]
    expect(world.gateway.canExplain()).toBe(false)
    await world.environment.settle()
    expect(refused.map((socket) => socket.closedWith)).toEqual([4429, 4429])
    expect(world.gateway.canExplain()).toBe(true)
  })

  it('[P-76] I7: refuses with 4503 above 80 % of the memory', async () => {
    let used = 0.79
    world = await createWorld({ core: { memoryUsed: () => used } })
    expect(world.open().closedWith).toBeUndefined()
    used = 0.8
    expect(refusedWith(world.open())).toMatchObject([[{ code: 'unavailable' }], 4503])
  })

  it('refuses with 4503 after it began to drain', async () => {
    await create()
    await world.finish(world.gateway.drain({ timeoutMs: 0 }))
    expect(refusedWith(world.open())).toMatchObject([[{ code: 'unavailable' }], 4503])
  })

  it('counts what it refuses and what is open', async () => {
    await create({ maxConnections: 1 })
    const alice = await world.connect('alice')
    world.open()
    expect(world.metrics.counts).toMatchObject({
      opened: 1,
      'refusedConnection too_many_connections': 1,
    })
    alice.end(1000)
    expect(world.metrics.counts).toMatchObject({ closed: 1_000 })
  })
})
