import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

/** Drains: the socket stays until what it waits for is let go, and is closed then. */
async function drainAround(socket: FakeSocket, letGo: () => void): Promise<void> {
  const draining = world.gateway.drain({ timeoutMs: 10_000 })
  await world.environment.advance(3_000)
  expect(socket.closedWith).toBeUndefined()
  letGo()
  await world.environment.advance(1_000)
  await draining
  expect(socket.closedWith).toBe(1001)
}

describe('drain', () => {
  it('[P-74] tells one client after the other to go at once, and closes its socket when it had time to', async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, (_, i) => world.connect(`u${i}`)))
    let drained = false
    const draining = world.gateway.drain({ timeoutMs: 10_000, reason: 'deploy' }).then(() => {
      drained = true
    })
    const told = () => sockets.filter((socket) => socket.received('goaway').length > 0)
    const closed = () => sockets.filter((socket) => socket.closedWith === 1001)
    await world.environment.settle()
    expect(told()).toHaveLength(1)
    expect(told()[0]?.received('goaway')).toMatchObject([
      { reason: 'deploy', reconnect_after_ms: 0 },
    ])
    await world.environment.advance(900)
    expect(closed()).toEqual([])
    await world.environment.advance(2_100)
    // half of the time in which they are told
    expect(told().length).toBeGreaterThan(8)
    expect(told().length).toBeLessThan(13)
    expect(closed().length).toBeGreaterThan(0)
    expect(closed().length).toBeLessThan(told().length)
    await world.environment.advance(5_000)
    await draining
    expect([told().length, closed().length, drained]).toEqual([20, 20, true])
    for (const socket of sockets) expect(socket.received('goaway')).toHaveLength(1)
  })

  it('serves a client until it is told to go', async () => {
    await world.members('general', 'u19')
    const sockets = await Promise.all(Array.from({ length: 20 }, (_, i) => world.connect(`u${i}`)))
    const draining = world.gateway.drain({ timeoutMs: 10_000 })
    await world.environment.advance(3_000)
    const last = sockets[19]
    expect(last?.received('goaway')).toEqual([])
    last?.say(world.command('general', { ref: 'r' }))
    await world.environment.settle()
    expect(last?.received('message.ack')).toMatchObject([{ ref: 'r' }])
    await world.environment.advance(7_000)
    await draining
  })

  it('[P-74] answers what it had got before it closes', async () => {
    await world.members('general', 'alice')
    const alice = await world.connect('alice')
    let open = () => {}
    const { submit } = world.core.acceptance
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    Object.assign(world.core.acceptance, {
      submit: async (requests: never) => {
        await gate
        return submit(requests)
      },
    })
    alice.say(world.command('general', { ref: 'r' }))
    await world.environment.settle()
    await drainAround(alice, open)
    expect(alice.received('message.ack')).toMatchObject([{ ref: 'r' }])
  })

  it('[P-74] answers the pages that were asked for before it closes', async () => {
    await world.members('general', 'alice')
    await world.send('general', 'alice')
    const alice = await world.connect('alice')
    let open = () => {}
    world.store.gate = new Promise((resolve) => {
      open = resolve
    })
    const request = { type: 'backfill.request', ref: 'b', channel_id: 'general', limit: 10 }
    alice.say({ ...request, direction: 'backward', before_seq: 2 })
    await world.environment.settle()
    await drainAround(alice, open)
    expect(alice.received('message.backfill')).toMatchObject([{ ref: 'b' }])
  })

  it('[P-21] tells nobody to go before they are greeted, and then they are told', async () => {
    await world.members('general', 'alice')
    let open = () => {}
    world.directory.gate = new Promise((resolve) => {
      open = resolve
    })
    const alice = await world.connect('alice')
    const draining = world.gateway.drain({ timeoutMs: 10_000 })
    await world.environment.advance(500)
    expect(alice.received()).toEqual([])
    open()
    await world.environment.advance(500)
    expect(alice.received().map(({ type }) => type)).toEqual(['hello_ack', 'goaway'])
    await world.environment.advance(2_000)
    await draining
    expect(alice.closedWith).toBe(1001)
  })

  it('closes whoever says no hello', async () => {
    const silent = world.open()
    const draining = world.gateway.drain({ timeoutMs: 10_000 })
    await world.environment.advance(900)
    expect(silent.closedWith).toBeUndefined()
    await world.environment.advance(200)
    await draining
    expect(silent.closedWith).toBe(1001)
    expect(silent.received('goaway')).toEqual([])
  })

  it('[P-76] refuses new sockets by HTTP, so that a load balancer can lead them elsewhere', async () => {
    const draining = world.gateway.drain({ timeoutMs: 1_000 })
    expect(world.gateway.admit({ remoteAddress: '10.0.0.1' })).toMatchObject({
      code: 'unavailable',
      retryAfterMs: expect.any(Number),
    })
    expect(world.gateway.canExplain()).toBe(false)
    await world.finish(draining)
  })

  it('cuts off who does not go when the time is over', async () => {
    const alice = await world.connect('alice')
    alice.answersClose = false
    const draining = world.gateway.drain({ timeoutMs: 2_000 })
    await world.environment.advance(1_900)
    expect(alice.terminated).toBe(false)
    await world.environment.advance(200)
    await draining
    expect(alice.terminated).toBe(true)
  })
})
