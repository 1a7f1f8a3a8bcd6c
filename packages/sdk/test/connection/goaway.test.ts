import { describe, expect, it } from 'vitest'
import { TidingsError } from '../../src/errors.js'
import { testAck } from '../../src/testing/frames.js'
import type { VirtualServerSocket } from '../../src/testing/virtual-socket.js'
import { connected, greetEach, NOTHING, type Setup, setUp } from './set-up.js'

const GOAWAY = { type: 'goaway', reason: 'deploy', reconnect_after_ms: 0, jitter_ms: 0 }
const NEWS = { type: 'channel.reset', channel_id: 'c', epoch: 2, from_seq: 0 }

/** Connected, told to go at once, and waiting for the answer of a server that gives none. */
async function sentAway(): Promise<Setup & { old: VirtualServerSocket }> {
  const setup = setUp()
  setup.connection.dispatch({ type: 'connect' })
  await setup.world.runUntil(connected(setup))
  const old = setup.world.lastSocket()
  setup.world.onSocket = (socket) => socket.accept()
  old.send(GOAWAY)
  await setup.world.runUntil(() => setup.connection.state.name === 'greeting')
  return { ...setup, old }
}

describe('after goaway, the connection', () => {
  it('[P-74] writes nothing, reads on, and reconnects as told', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const old = setup.world.lastSocket()
    const atMs = setup.world.clock.nowMs
    old.send({ type: 'goaway', reason: 'deploy', reconnect_after_ms: 5_000, jitter_ms: 1_000 })
    await setup.world.runUntil(() => setup.connection.state.name === 'waiting')
    expect(setup.connection.canSend).toBe(false)
    expect(setup.connection.send({ type: 'ping', ts: 1 })).toBe(false)
    setup.page.signal('online')
    old.send({ type: 'channel.reset', channel_id: 'c', epoch: 2, from_seq: 0 })
    await setup.world.advance(2)
    expect(setup.frames).toEqual(['1 channel.reset'])
    await setup.world.runUntil(connected(setup))
    const waitedMs = setup.world.clock.nowMs - atMs
    expect(waitedMs).toBeGreaterThanOrEqual(5_000)
    expect(waitedMs).toBeLessThan(6_100)
    expect(setup.log).toEqual(['connected 1', 'disconnected 1 undefined', 'connected 2'])
    await setup.world.advance(2)
    expect(old.state).toBe('closed')
    expect(old.received.map(({ type }) => type)).toEqual(['hello'])
  })

  it('[P-74] reads the old socket until the new one is greeted, and closes it then', async () => {
    const { world, connection, frames, log, old } = await sentAway()
    old.send(NEWS)
    await world.advance(2)
    expect(frames).toEqual(['1 channel.reset'])
    expect(old.state).toBe('open')
    const next = world.lastSocket()
    next.send(testAck(), NEWS)
    await world.advance(2)
    expect(connection.state.name).toBe('connected')
    expect(old.state).toBe('closed')
    expect(frames).toEqual(['1 channel.reset', '2 channel.reset'])
    expect(log).toEqual(['connected 1', 'disconnected 1 undefined', 'connected 2'])
    expect(next.state).toBe('open')
  })

  it('answers what was asked before it', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const old = setup.world.lastSocket()
    const answer = setup.connection.request({ type: 'channels.list' })
    await setup.world.advance(2)
    setup.world.onSocket = (socket) => socket.accept()
    old.send(GOAWAY)
    await setup.world.runUntil(() => setup.connection.state.name === 'greeting')
    const ref = old.receivedOf('channels.list')[0]?.ref
    old.send({ type: 'channels.page', ref, channels: [] })
    await setup.world.advance(2)
    await expect(answer).resolves.toMatchObject({ type: 'channels.page' })
  })

  it('takes nothing that comes from the old socket for an answer of the new one', async () => {
    const { world, connection, old } = await sentAway()
    old.send(testAck())
    old.send({ type: 'error', code: 'token_expired', message: 'Old.', retryable: false })
    old.send(GOAWAY)
    old.close(1001)
    await world.advance(2)
    expect(connection.state).toMatchObject({ name: 'greeting', error: undefined })
    world.lastSocket().send(testAck())
    await world.advance(2)
    expect(connection.state.name).toBe('connected')
  })

  it('still reads the old socket when a first attempt elsewhere fails', async () => {
    const { world, connection, frames, old } = await sentAway()
    world.lastSocket().close(4503)
    await world.advance(2)
    expect(connection.state.name).toBe('waiting')
    old.send(NEWS)
    await world.advance(2)
    expect(frames).toEqual(['1 channel.reset'])
    world.onSocket = greetEach()
    await world.runUntil(() => connection.state.name === 'connected')
    await world.advance(2)
    expect(old.state).toBe('closed')
    expect(world.sockets).toHaveLength(3)
  })

  it('answers what was asked before it though a first attempt elsewhere fails', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const old = setup.world.lastSocket()
    const answer = setup.connection.request({ type: 'channels.list' })
    answer.catch(() => {})
    await setup.world.advance(2)
    setup.world.onSocket = (socket) => socket.refuse()
    old.send(GOAWAY)
    await setup.world.runUntil(() => setup.world.sockets.length === 2)
    await setup.world.runUntil(() => setup.connection.state.name === 'waiting')
    const ref = old.receivedOf('channels.list')[0]?.ref
    old.send({ type: 'channels.page', ref, channels: [] })
    await setup.world.advance(2)
    await expect(answer).resolves.toMatchObject({ type: 'channels.page' })
  })

  it('ends what was asked before it when it is closed', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const answer = setup.connection.request({ type: 'channels.list' })
    answer.catch(() => {})
    await setup.world.advance(2)
    setup.world.lastSocket().send({ ...GOAWAY, reconnect_after_ms: 5_000 })
    await setup.world.runUntil(() => setup.connection.state.name === 'waiting')
    setup.connection.dispatch({ type: 'close', error: new TidingsError('closed', 'Enough.') })
    await expect(answer).rejects.toMatchObject({ code: 'closed' })
    await setup.world.runUntilIdle()
    expect(setup.page.open()).toEqual(NOTHING)
  })

  describe('with a renewal under way', () => {
    /** At 80 % of the token's life it is renewed, and then the server says goaway. */
    const renewing = async () => {
      let times = 0
      const setup = setUp({
        getToken: () => (++times < 3 ? `token ${times}` : new Promise<string>(() => {})),
      })
      setup.world.onSocket = greetEach(testAck({ token_expires_in_ms: 100_000 }))
      setup.connection.dispatch({ type: 'connect' })
      await setup.world.runUntil(connected(setup))
      const old = setup.world.lastSocket()
      await setup.world.runUntil(() => old.receivedOf('auth.refresh').length === 1, 100_000)
      old.send(GOAWAY)
      await setup.world.runUntil(() => setup.connection.state.name === 'authorising')
      const ref = old.receivedOf('auth.refresh')[0]?.ref
      return { ...setup, old, refuse: { type: 'error', code: 'unauthorized', message: 'No.', ref } }
    }

    it('does not take its refusal for the end of the next attempt', async () => {
      const { world, connection, old, refuse } = await renewing()
      old.send({ ...refuse, retryable: false })
      await world.advance(2)
      expect(connection.state).toMatchObject({ name: 'authorising', error: undefined })
    })

    it('nor its end', async () => {
      const { world, connection, old } = await renewing()
      old.close(1001)
      await world.advance(2)
      expect(connection.state).toMatchObject({ name: 'authorising', error: undefined })
    })
  })

  it('I9: leaves neither socket open when the page goes, and opens one when it comes back', async () => {
    const { world, page, connection, old } = await sentAway()
    const next = world.lastSocket()
    world.onSocket = greetEach()
    page.signal('pagehide')
    await world.advance(2)
    expect([old.state, next.state]).toEqual(['closed', 'closed'])
    page.signal('pageshow')
    await world.runUntil(() => connection.state.name === 'connected')
    expect(world.sockets).toHaveLength(3)
    expect(page.open().sockets).toBe(1)
  })

  it('I9: leaves nothing when it is closed meanwhile', async () => {
    const { world, page, connection } = await sentAway()
    connection.dispatch({ type: 'close', error: new TidingsError('closed', 'Enough.') })
    await world.runUntilIdle()
    expect(page.open()).toEqual(NOTHING)
  })
})
