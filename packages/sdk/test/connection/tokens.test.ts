import { describe, expect, it } from 'vitest'
import { stop } from '../../src/errors.js'
import { testAck } from '../../src/testing/frames.js'
import { connected, greetEach, NOTHING, setUp } from './set-up.js'

describe('the life of a token', () => {
  it('[P-85] asks again with reason suspect after two attempts without a first frame', async () => {
    const attempts: string[] = []
    const setup = setUp({
      getToken: ({ reason }) => {
        attempts.push(reason)
        return 'token'
      },
    })
    setup.world.onSocket = (socket) => {
      attempts.push('socket')
      socket.refuse()
    }
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(() => attempts.length >= 6, 60_000)
    expect(attempts.slice(0, 5)).toEqual(['initial', 'socket', 'socket', 'suspect', 'socket'])
  })

  it('asks for another token when the server refused the one it had', async () => {
    const setup = setUp()
    setup.world.onSocket = (socket) => {
      socket.accept()
      socket.onEnvelope = () => {
        socket.send({ type: 'error', code: 'unauthorized', message: 'No.', retryable: false })
        socket.close(4001)
      }
    }
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(() => setup.asked.length === 2)
    expect(setup.asked[1]?.reason).toBe('rejected')
  })

  it('stops for good when getToken throws stop()', async () => {
    const setup = setUp({
      getToken: () => {
        throw stop('logged out')
      },
    })
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(() => setup.connection.state.name === 'closed')
    expect(setup.connection.state.error?.message).toContain('logged out')
    expect(setup.page.open()).toEqual(NOTHING)
  })

  it('goes on trying when getToken throws anything else', async () => {
    let times = 0
    const setup = setUp({
      getToken: async () => {
        times += 1
        if (times < 4) throw new TypeError('fetch failed')
        return 'token'
      },
    })
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    expect(times).toBe(4)
  })

  it('waits no longer than its deadline for getToken, and aborts it', async () => {
    let aborted = false
    const setup = setUp({
      getToken: ({ signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            aborted = true
            reject(signal.reason)
          }),
        ),
    })
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.advance(15_001)
    expect(setup.connection.state).toMatchObject({ name: 'waiting', error: { code: 'timeout' } })
    expect(aborted).toBe(true)
  })

  it('[P-84] sends nothing and closes with user_changed when hello_ack names another user', async () => {
    const setup = setUp({ userId: 'bob' })
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntilIdle()
    expect(setup.connection.state).toMatchObject({
      name: 'closed',
      error: { code: 'user_changed' },
    })
    expect(setup.log).toEqual([])
    expect(setup.world.lastSocket().received.map(({ type }) => type)).toEqual(['hello'])
  })

  it('closes with user_changed when a later token is of another user than the first', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    setup.world.onSocket = greetEach(testAck({ user_id: 'bob' }))
    setup.world.lastSocket().cut()
    await setup.world.runUntilIdle()
    expect(setup.connection.state.error?.code).toBe('user_changed')
    expect(setup.log).toEqual(['connected 1', 'disconnected 1 1006'])
  })

  it('[P-86] renews the token in place at 80 % of its life', async () => {
    const setup = setUp()
    setup.world.onSocket = (socket) => {
      greetEach(testAck({ token_expires_in_ms: 100_000 }))(socket)
      const { onEnvelope } = socket
      socket.onEnvelope = (envelope) => {
        onEnvelope(envelope)
        if (envelope.type !== 'auth.refresh') return
        socket.send({ type: 'auth.refreshed', ref: envelope.ref, token_expires_in_ms: 50_000 })
      }
    }
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const atMs = setup.world.clock.nowMs
    setup.page.jumpWallClock(1_000_000)
    await setup.world.runUntil(() => setup.asked.length === 2)
    expect(setup.world.clock.nowMs - atMs).toBe(80_000)
    expect(setup.asked[1]?.reason).toBe('refresh')
    await setup.world.runUntil(() => setup.asked.length === 3)
    expect(setup.world.clock.nowMs - atMs).toBeLessThan(120_100)
    const tokens = setup.world.lastSocket().receivedOf('auth.refresh')
    expect(tokens[0]).toMatchObject({ token: 'token 2' })
    expect(setup.world.sockets).toHaveLength(1)
  })

  it('stays connected when a renewal fails, and tries again', async () => {
    let times = 0
    const setup = setUp({
      getToken: () => {
        times += 1
        if (times > 1) throw new TypeError('fetch failed')
        return 'token'
      },
    })
    setup.world.onSocket = greetEach(testAck({ token_expires_in_ms: 1_000_000 }))
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(() => times === 4, 1_000_000)
    expect(setup.connection.state.name).toBe('connected')
    expect(setup.world.sockets).toHaveLength(1)
  })
})
