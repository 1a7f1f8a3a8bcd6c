import { describe, expect, it } from 'vitest'
import { connected, greetEach, NOTHING, setUp } from './set-up.js'

describe('reconnecting', () => {
  it('reconnects with the same token while it is good', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    setup.world.lastSocket().cut()
    expect(setup.states.at(-1)).toBe('waiting')
    await setup.world.runUntil(connected(setup))
    expect(setup.asked).toHaveLength(1)
    expect(setup.log).toEqual(['connected 1', 'disconnected 1 1006', 'connected 2'])
  })

  it('is closed by 4003 and by 4009, and tries no more', async () => {
    for (const code of [4003, 4009]) {
      const setup = setUp()
      setup.connection.dispatch({ type: 'connect' })
      await setup.world.runUntil(connected(setup))
      setup.world.lastSocket().close(code)
      await setup.world.runUntilIdle()
      expect(setup.connection.state.name).toBe('closed')
      expect(setup.page.open()).toEqual(NOTHING)
    }
  })

  it('[P-85] honours retry_after_ms of the error before a close, whatever the browser signals', async () => {
    const setup = setUp()
    setup.world.onSocket = (socket) => {
      socket.accept()
      socket.onEnvelope = () => {
        socket.send({
          type: 'error',
          code: 'too_many_connections',
          message: 'Full.',
          retryable: true,
          retry_after_ms: 20_000,
        })
        socket.close(4429)
      }
    }
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(() => setup.connection.state.name === 'waiting')
    setup.page.signal('online')
    await setup.world.advance(19_900)
    expect(setup.world.sockets).toHaveLength(1)
    await setup.world.advance(1_200)
    expect(setup.world.sockets).toHaveLength(2)
  })

  it('tries sooner, not at once, when the browser says that it is online', async () => {
    const setup = setUp({
      getToken: () => {
        throw new TypeError('fetch failed')
      },
    })
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(() => setup.connection.state.attempt === 8, 3_600_000)
    setup.page.signal('online')
    const { state } = setup.connection
    expect(state).toMatchObject({ name: 'waiting' })
    expect(state.name === 'waiting' && state.delayMs).toBeLessThan(1_000)
  })

  it('[P-85] resets the back-off only after the connection has stayed up', async () => {
    const setup = setUp()
    let cuts = 0
    setup.world.onSocket = (socket) => {
      greetEach()(socket)
      const { onEnvelope } = socket
      socket.onEnvelope = (envelope) => {
        onEnvelope(envelope)
        if (++cuts < 5) setup.world.clock.setTimer(() => socket.cut(), 10)
      }
    }
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(() => cuts === 5 && connected(setup)(), 3_600_000)
    expect(setup.connection.state.attempt).toBe(4)
    await setup.world.advance(10_001)
    expect(setup.connection.state.attempt).toBe(0)
  })

  it('[P-85] tries again soon when the network came back while an attempt was under way, or just before', async () => {
    const setup = setUp()
    setup.world.onSocket = (socket) => socket.refuse()
    setup.connection.dispatch({ type: 'connect' })
    const at = (attempt: number) => (): boolean => setup.connection.state.attempt === attempt
    await setup.world.runUntil(at(8), 3_600_000)
    const waited = (): number => {
      const { state } = setup.connection
      return state.name === 'waiting' ? state.delayMs : Number.NaN
    }
    expect(waited()).toBeGreaterThan(1_000)
    setup.world.onSocket = () => {}
    await setup.world.runUntil(() => setup.connection.state.name === 'opening', 60_000)
    setup.page.signal('online')
    await setup.world.runUntil(at(9), 60_000)
    expect(waited()).toBeLessThan(1_000)
    // said once, it counts once
    await setup.world.runUntil(at(10), 60_000)
    const later = waited()
    setup.page.signal('online')
    expect(waited()).toBeLessThan(1_000)
    await setup.world.runUntil(at(11), 60_000)
    expect(waited()).toBeLessThan(1_000)
    expect(later).toBeGreaterThan(1_000)
  })

  it('finds a half-open line and reconnects', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    setup.world.lastSocket().stall()
    await setup.world.advance(40_000)
    expect(setup.world.sockets.length).toBeGreaterThan(1)
    expect(setup.states).toContain('waiting')
  })

  it('waits as long as it may before it tries a server of another version again', async () => {
    const setup = setUp()
    setup.world.onSocket = (socket) => socket.accept('')
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(() => setup.connection.state.name === 'waiting')
    expect(setup.connection.state.error?.code).toBe('unsupported_version')
  })

  it('pauses with pagehide and goes on with pageshow', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    setup.page.signal('pagehide')
    await setup.world.runUntilIdle()
    expect(setup.page.open()).toEqual({ ...NOTHING, signalListeners: 1 })
    expect(setup.connection.state.name).toBe('idle')
    setup.page.signal('pageshow')
    await setup.world.runUntil(connected(setup))
    expect(setup.asked).toHaveLength(1)
  })

  it('does not begin by pageshow what nobody asked for', async () => {
    const setup = setUp()
    setup.page.signal('pagehide')
    setup.page.signal('pageshow')
    await setup.world.settle()
    expect(setup.states).toEqual([])
  })
})
