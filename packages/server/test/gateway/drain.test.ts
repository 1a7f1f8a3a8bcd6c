import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, token, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

describe('drain', () => {
  it('[P-74] tells each client when to come back, and spreads the closes', async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, (_, i) => world.connect(`u${i}`)))
    let drained = false
    const draining = world.gateway.drain({ timeoutMs: 10_000, reason: 'deploy' }).then(() => {
      drained = true
    })
    await world.environment.settle()
    const goaways = sockets.map((socket) => socket.received('goaway')[0])
    expect(goaways).toMatchObject(sockets.map(() => ({ reason: 'deploy' })))
    expect(
      new Set(goaways.map(({ reconnect_after_ms }) => reconnect_after_ms)).size,
    ).toBeGreaterThan(10)
    const closed = () => sockets.filter((socket) => socket.closedWith === 1001).length
    await world.environment.advance(500)
    expect(closed()).toBeGreaterThan(0)
    expect(closed()).toBeLessThan(20)
    await world.environment.advance(7_000)
    await draining
    expect([closed(), drained]).toEqual([20, true])
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
    const draining = world.gateway.drain({ timeoutMs: 10_000 })
    await world.environment.advance(3_000)
    expect(alice.closedWith).toBeUndefined()
    open()
    await world.environment.advance(1_000)
    await draining
    expect(alice.received('message.ack')).toMatchObject([{ ref: 'r' }])
    expect(alice.closedWith).toBe(1001)
  })

  it('refuses new sockets with 4503 and a delay', async () => {
    const draining = world.gateway.drain({ timeoutMs: 1_000 })
    const socket = world.open({ token: token('alice') })
    expect(socket.received()).toMatchObject([
      { code: 'unavailable', retry_after_ms: expect.any(Number) },
    ])
    expect(socket.closedWith).toBe(4503)
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
