import { describe, expect, it } from 'vitest'
import { type ConnectionOptions, createConnection } from '../../src/connection/connection.js'
import type { Position } from '../../src/connection/hello.js'
import type { ClientConnection } from '../../src/connection/port.js'
import type { StateName } from '../../src/connection/states.js'
import type { TokenRequest } from '../../src/connection/token.js'
import { stop, TidingsError } from '../../src/errors.js'
import { testAck, testLimits } from '../../src/testing/frames.js'
import { type VirtualEnvironment, VirtualWorld } from '../../src/testing/virtual-environment.js'
import type { VirtualServerSocket } from '../../src/testing/virtual-socket.js'

const NOTHING = { timers: 0, sockets: 0, locks: 0, broadcasts: 0, signalListeners: 0 }

interface Setup {
  world: VirtualWorld
  page: VirtualEnvironment
  connection: ClientConnection
  asked: TokenRequest[]
  states: StateName[]
  frames: string[]
  log: string[]
}

function setUp(options: Partial<ConnectionOptions> = {}): Setup {
  const world = new VirtualWorld()
  const page = world.createEnvironment()
  const asked: TokenRequest[] = []
  const connection = createConnection(page, {
    url: 'wss://chat.example.com/v1/ws',
    getToken: (request) => {
      asked.push(request)
      return `token ${asked.length}`
    },
    deviceId: 'device',
    capabilities: [],
    attemptTimeoutMs: 15_000,
    positions: () => [],
    ...options,
  })
  const states: StateName[] = []
  const frames: string[] = []
  const log: string[] = []
  connection.on('state', ({ name }) => void states.push(name))
  connection.on('frame', ({ type }, session) => void frames.push(`${session} ${type}`))
  connection.on('connected', (_ack, session) => void log.push(`connected ${session}`))
  connection.on('disconnected', (session, code) => void log.push(`disconnected ${session} ${code}`))
  world.onSocket = greetEach()
  return { world, page, connection, asked, states, frames, log }
}

/** A server that greets every hello. */
const greetEach =
  (ack = testAck()) =>
  (socket: VirtualServerSocket): void => {
    socket.accept()
    socket.onEnvelope = ({ type, ts }) => {
      if (type === 'hello') socket.send(ack)
      if (type === 'ping') socket.send({ type: 'pong', ts })
    }
  }

const connected =
  ({ connection }: Setup) =>
  (): boolean =>
    connection.state.name === 'connected'

describe('the connection', () => {
  it('asks for a token, opens, greets, and is connected', async () => {
    const setup = setUp({ positions: () => [{ channelId: 'general', seq: 7, epoch: 1 }] })
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    expect(setup.states).toEqual(['authorising', 'opening', 'greeting', 'connected'])
    expect(setup.asked.map(({ reason }) => reason)).toEqual(['initial'])
    expect(setup.world.lastSocket().received[0]).toEqual({
      type: 'hello',
      device_id: 'device',
      token: 'token 1',
      last_seq_map: { general: 7 },
    })
    expect(setup.log).toEqual(['connected 1'])
  })

  it('hands on the frames that come in the same text frame as hello_ack', async () => {
    const setup = setUp()
    setup.world.onSocket = (socket) => {
      socket.accept()
      socket.onEnvelope = () =>
        socket.send(testAck(), { type: 'channel.reset', channel_id: 'c', epoch: 2, from_seq: 0 })
    }
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(() => setup.frames.length > 0)
    expect(setup.frames).toEqual(['1 channel.reset'])
  })

  it('writes the frames of one turn as one array frame', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    for (const state of ['start', 'stop'] as const) {
      expect(setup.connection.send({ type: 'typing', channel_id: 'c', state })).toBe(true)
    }
    await setup.world.advance(5)
    expect(setup.world.lastSocket().receivedTexts.at(-1)).toBe(
      '[{"type":"typing","channel_id":"c","state":"start"},{"type":"typing","channel_id":"c","state":"stop"}]',
    )
  })

  it('I7: takes nothing more while a megabyte waits for the network', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    setup.world.lastSocket().bufferedBytes = 1024 * 1024 + 1
    expect(setup.connection.send({ type: 'ping', ts: 1 })).toBe(false)
    setup.world.lastSocket().bufferedBytes = 0
    expect(setup.connection.send({ type: 'ping', ts: 1 })).toBe(true)
  })

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

  it('[P-74] after goaway writes nothing, reads on, and reconnects as told', async () => {
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
    expect(old.state).toBe('closed')
    expect(old.received.map(({ type }) => type)).toEqual(['hello'])
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

  it('finds a half-open line and reconnects', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    setup.world.lastSocket().stall()
    await setup.world.advance(40_000)
    expect(setup.world.sockets.length).toBeGreaterThan(1)
    expect(setup.states).toContain('waiting')
  })

  it('answers a request with the frame that echoes its ref, and rejects with the error that does', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const socket = setup.world.lastSocket()
    const good = setup.connection.request({ type: 'channels.list' })
    const bad = setup.connection.request({ type: 'channels.list' })
    await setup.world.advance(2)
    const [first, second] = socket.receivedOf('channels.list')
    socket.send(
      { type: 'error', ref: second?.ref, code: 'rate_limited', message: 'Slow.', retryable: true },
      { type: 'channels.page', ref: first?.ref, channels: [] },
    )
    const rejected = expect(bad).rejects.toMatchObject({ code: 'rate_limited' })
    await setup.world.advance(2)
    await expect(good).resolves.toMatchObject({ type: 'channels.page' })
    await rejected
    expect(setup.frames).toEqual([])
  })

  it('rejects what waits when the socket ends, when time is up, and when the caller aborts', async () => {
    const setup = setUp()
    await expect(setup.connection.request({ type: 'channels.list' })).rejects.toMatchObject({
      code: 'unavailable',
      outcome: 'not_sent',
    })
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const controller = new AbortController()
    const slow = setup.connection.request({ type: 'channels.list' }, { timeoutMs: 50 })
    const aborted = setup.connection.request(
      { type: 'channels.list' },
      { signal: controller.signal },
    )
    const cut = setup.connection.request({ type: 'channels.list' })
    controller.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'aborted', outcome: 'unknown' })
    const timedOut = expect(slow).rejects.toMatchObject({ code: 'timeout' })
    await setup.world.advance(60)
    await timedOut
    setup.world.lastSocket().cut()
    await expect(cut).rejects.toMatchObject({ code: 'unavailable', outcome: 'unknown' })
    await expect(
      setup.connection.request({ type: 'channels.list' }, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'aborted', outcome: 'not_sent' })
  })

  it('[P-8] counts and ignores what it cannot use', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const socket = setup.world.lastSocket()
    for (const text of [
      '{',
      '17',
      'null',
      '[[]]',
      '{"type":"weather.update"}',
      '{"type":"pong"}',
    ]) {
      socket.sendText(text)
    }
    socket.send({ type: 'poll.opened', channel_id: 'c', channel_seq: 3, epoch: 2, text: { a: 1 } })
    await setup.world.advance(5)
    expect(setup.connection.ignoredFrames).toBe(5)
    expect(setup.frames).toEqual(['1 unreadable'])
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

  it('I9: after close() nothing is left, from whatever state', async () => {
    for (const after of [
      'idle',
      'authorising',
      'opening',
      'greeting',
      'connected',
      'waiting',
    ] as const) {
      const setup = setUp()
      if (after === 'waiting') setup.world.onSocket = (socket) => socket.refuse()
      const close = (): void =>
        setup.connection.dispatch({ type: 'close', error: new TidingsError('closed', 'Enough.') })
      if (after === 'idle') close()
      setup.connection.on('state', ({ name }) => {
        if (name === after) close()
      })
      setup.connection.dispatch({ type: 'connect' })
      await setup.world.runUntil(() => setup.connection.state.name === 'closed')
      await setup.world.advance(5)
      expect({ after, ...setup.page.open() }).toEqual({ after, ...NOTHING })
      setup.connection.dispatch({ type: 'connect' })
      setup.page.signal('pageshow')
      expect(setup.connection.state.name).toBe('closed')
    }
  })

  it('keeps a bounded record of what happened, without texts and tokens', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    for (let i = 0; i < 300; i++) {
      setup.connection.send({ type: 'typing', channel_id: 'c', state: 'start' })
    }
    expect(setup.connection.trace()).toHaveLength(256)
    expect(JSON.stringify(setup.connection.trace())).not.toContain('token 1')
  })

  it('[P-20] names its positions in hello within the bounds, the first ones first', async () => {
    const positions: Position[] = Array.from({ length: 700 }, (_, i) => ({
      channelId: `channel ${i}`,
      seq: i,
      epoch: i === 1 ? 3 : 1,
    }))
    const setup = setUp({ positions: () => positions })
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const map = setup.world.lastSocket().received[0]?.last_seq_map as Record<string, unknown>
    expect(Object.keys(map)).toHaveLength(500)
    expect(map['channel 1']).toEqual([1, 3])
    expect(map['channel 499']).toBe(499)
  })

  it('takes its limits from hello_ack, and its own where those are nonsense', async () => {
    const setup = setUp()
    const limits = { ...testLimits(), envelopes_per_frame_max: 2, ping_interval_ms: 'soon' }
    setup.world.onSocket = greetEach(testAck({ limits: limits as never }))
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    for (let i = 0; i < 3; i++) {
      setup.connection.send({ type: 'typing', channel_id: 'c', state: 'start' })
    }
    await setup.world.advance(5)
    expect(setup.world.lastSocket().receivedTexts).toHaveLength(3)
    await setup.world.advance(19_000)
    expect(setup.world.lastSocket().receivedOf('ping')).toHaveLength(1)
  })
})
