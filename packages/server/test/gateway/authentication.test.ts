import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OperationError, SERVER } from '../../src/operations/actor.js'
import { createWorld, token, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const hello = (over = {}) => ({ type: 'hello', device_id: 'd1', last_seq_map: {}, ...over })

describe('a token', () => {
  it('[P-19] comes with the upgrade or in hello', async () => {
    for (const [request, over] of [
      [{ token: token('alice') }, {}],
      [{}, { token: token('alice') }],
    ]) {
      const socket = world.open(request)
      socket.say(hello(over))
      await world.environment.settle()
      expect(socket.received()).toMatchObject([{ type: 'hello_ack', user_id: 'alice' }])
    }
  })

  it('that is missing, foreign, expired or revoked is refused with 4001', async () => {
    await world.revocation.revoke('t9', world.environment.now() + 60_000)
    const cases = [
      [undefined, 'unauthorized'],
      ['nonsense', 'unauthorized'],
      [token({ user: 'alice', expiresInMs: 0 }), 'token_expired'],
      [token({ user: 'alice', tokenId: 't9' }), 'unauthorized'],
    ] as const
    for (const [given, code] of cases) {
      const socket = world.open()
      socket.say(hello({ token: given }))
      await world.environment.settle()
      expect(socket.received()).toMatchObject([{ type: 'error', code }])
      expect(socket.closedWith).toBe(4001)
    }
  })

  it('that came with the upgrade is refused before any hello', async () => {
    const socket = world.open({ token: 'nonsense' })
    await world.environment.settle()
    expect(socket.received()).toMatchObject([{ type: 'error', code: 'unauthorized' }])
    expect(socket.closedWith).toBe(4001)
  })

  it('that cannot be checked is no verdict: unavailable', async () => {
    for (const given of ['broken', 'unsure']) {
      const socket = world.open({ token: given })
      await world.environment.settle()
      expect(socket.received()).toMatchObject([{ code: 'unavailable', retry_after_ms: 1_000 }])
      expect(socket.closedWith).toBe(4503)
    }
  })

  it('[P-71] that expires ends the connection with 4001, by the monotonic clock', async () => {
    const alice = await world.connect({ user: 'alice', expiresInMs: 5_000 })
    alice.take()
    world.environment.shiftWallClock(-3_600_000)
    await world.environment.advance(4_900)
    expect(alice.closedWith).toBeUndefined()
    await world.environment.advance(400)
    expect(alice.take()).toMatchObject([{ code: 'token_expired', retryable: true }])
    expect(alice.closedWith).toBe(4001)
  })

  it('[P-70] is renewed in place, and the old end does not count any more', async () => {
    const alice = await world.connect({ user: 'alice', expiresInMs: 5_000 })
    alice.take()
    alice.say({
      type: 'auth.refresh',
      ref: 'r',
      token: token({ user: 'alice', expiresInMs: 60_000 }),
    })
    await world.environment.settle()
    expect(alice.take()).toEqual([
      { type: 'auth.refreshed', ref: 'r', token_expires_in_ms: 60_000 },
    ])
    await world.environment.advance(10_000)
    expect(alice.closedWith).toBeUndefined()
  })

  it('[P-70] of another user closes with 4003', async () => {
    const alice = await world.connect('alice')
    alice.take()
    alice.say({ type: 'auth.refresh', ref: 'r', token: token('bob') })
    await world.environment.settle()
    expect(alice.take()).toMatchObject([{ code: 'user_changed', ref: 'r' }])
    expect(alice.closedWith).toBe(4003)
  })

  it('[P-70] that is not valid closes with 4001; one that cannot be checked does not', async () => {
    const alice = await world.connect('alice')
    alice.take()
    for (const given of ['broken', 'unsure']) {
      alice.say({ type: 'auth.refresh', ref: given, token: given })
      await world.environment.settle()
      const unavailable = { code: 'unavailable', ref: given, retry_after_ms: 1_000 }
      expect(alice.take()).toMatchObject([unavailable])
      expect(alice.closedWith).toBeUndefined()
    }
    alice.say({ type: 'auth.refresh', ref: 'r2', token: 'nonsense' })
    await world.environment.settle()
    expect(alice.take()).toMatchObject([{ code: 'unauthorized', ref: 'r2' }])
    expect(alice.closedWith).toBe(4001)
  })

  it('that is not checked in 10 s holds up no other: it is answered unavailable', async () => {
    const alice = await world.connect('alice')
    alice.take()
    alice.say({ type: 'auth.refresh', ref: 'r1', token: 'slow' })
    await world.environment.advance(9_900)
    expect(alice.take()).toEqual([])
    await world.environment.advance(200)
    expect(alice.take()).toMatchObject([{ code: 'unavailable', ref: 'r1', retry_after_ms: 1_000 }])
    alice.say({ type: 'auth.refresh', ref: 'r2', token: token('alice') })
    await world.environment.settle()
    expect(alice.take()).toMatchObject([{ type: 'auth.refreshed', ref: 'r2' }])
  })

  it('I7: is checked one at a time', async () => {
    const alice = await world.connect('alice')
    alice.take()
    alice.say({ type: 'auth.refresh', ref: 'r1', token: token('alice') })
    alice.say({ type: 'auth.refresh', ref: 'r2', token: token('alice') })
    await world.environment.settle()
    expect(alice.take()).toMatchObject([
      { code: 'rate_limited', ref: 'r2' },
      { type: 'auth.refreshed', ref: 'r1' },
    ])
  })
})

describe('sessions', () => {
  const soon = 60_000
  const end = (userId: string, over = {}) =>
    world.finish(world.core.sessions.end(SERVER, userId, over))

  it('are ended at once by user, device or token, with 4009', async () => {
    const phone = await world.connect({ user: 'alice', tokenId: 't1' })
    const laptop = await world.connect({ user: 'alice', tokenId: 't2' })
    const bob = await world.connect('bob')
    await end('alice', { tokenId: 't1' })
    expect(phone.closedWith).toBe(4009)
    expect(laptop.closedWith).toBeUndefined()
    await end('alice', { deviceId: 'another' })
    expect(laptop.closedWith).toBeUndefined()
    await end('alice', { deviceId: 'd1' })
    expect(laptop.closedWith).toBe(4009)
    const desk = await world.connect('alice')
    await end('alice')
    expect(desk.closedWith).toBe(4009)
    expect(bob.closedWith).toBeUndefined()
  })

  it('do not come back by the tokens that they came with', async () => {
    const of = { user: 'alice', tokenId: 't1', expiresInMs: soon }
    await world.connect(of)
    await end('alice')
    const again = await world.connect(of)
    expect(again.received()).toMatchObject([{ type: 'error', code: 'unauthorized' }])
    expect(again.closedWith).toBe(4001)
    expect((await world.connect({ ...of, tokenId: 't2' })).received('hello_ack')).toHaveLength(1)
  })

  it('do not begin by a token that was revoked while nobody used it', async () => {
    await end('alice', { tokenId: 't1' })
    expect((await world.connect({ user: 'alice', tokenId: 't1' })).closedWith).toBe(4001)
  })

  it('of a user who is refused are ended with 4003, and none begins until the time is over', async () => {
    const alice = await world.connect('alice')
    await end('alice', { refuseForMs: soon })
    expect(alice.received('error')).toMatchObject([{ code: 'forbidden', retryable: false }])
    expect(alice.closedWith).toBe(4003)
    const again = await world.connect({ user: 'alice', tokenId: 'new' })
    expect(again.received()).toMatchObject([{ type: 'error', code: 'forbidden' }])
    expect(again.closedWith).toBe(4003)
    expect((await world.connect('bob')).received('hello_ack')).toHaveLength(1)
    await world.environment.advance(soon)
    expect((await world.connect('alice')).received('hello_ack')).toHaveLength(1)
  })

  it('that are just being greeted are ended too', async () => {
    const silent = world.open({ token: token('alice') })
    let open: () => void = () => undefined
    world.directory.gate = new Promise((resolve) => (open = resolve))
    const greeted = await world.connect('alice')
    const inHello = world.open()
    inHello.say({ type: 'hello', device_id: 'd2', last_seq_map: {}, token: token('alice') })
    await end('alice')
    open()
    await world.environment.settle()
    for (const socket of [silent, greeted, inHello]) {
      expect(socket.closedWith).toBe(4009)
      expect(socket.received()).toEqual([])
    }
  })

  it('are ended by the platform alone', async () => {
    await expect(
      world.core.sessions.end({ kind: 'user', userId: 'alice' }, 'alice', {}),
    ).rejects.toThrow(OperationError)
  })

  it('are not said to be ended when a process did not say so', async () => {
    world.bus.port.endSessions = () => Promise.reject(new Error('it does not answer'))
    const ending = world.core.sessions.end(SERVER, 'alice', {})
    await expect(ending).rejects.toMatchObject({ code: 'unavailable' })
  })
})
