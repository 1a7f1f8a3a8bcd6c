import type { ServerFrame } from '@tidings/protocol'
import { describe, expect, it } from 'vitest'
import type { Position } from '../../src/connection/hello.js'
import { TidingsError } from '../../src/errors.js'
import { testAck, testLimits } from '../../src/testing/frames.js'
import { connected, greetEach, NOTHING, setUp } from './set-up.js'

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
    // its entries are everybody's
    expect(setup.frames).toEqual(['1 channels.page'])
  })

  it('hands an answer over before what comes behind it in the same frame', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const answered = ({ type }: ServerFrame) => void setup.frames.push(`answer ${type}`)
    const asked = setup.connection.request({ type: 'channels.list' }, { answered })
    await setup.world.advance(2)
    const socket = setup.world.lastSocket()
    const ref = socket.receivedOf('channels.list')[0]?.ref
    const reason = 'left'
    socket.send(
      { type: 'channels.page', ref, channels: [] },
      { type: 'channel.removed', channel_id: 'c', last_seq: 0, reason },
    )
    await setup.world.advance(2)
    await asked
    expect(setup.frames).toEqual(['answer channels.page', '1 channels.page', '1 channel.removed'])
  })

  it('rejects a request whose answer cannot be taken', async () => {
    const setup = setUp()
    setup.connection.dispatch({ type: 'connect' })
    await setup.world.runUntil(connected(setup))
    const answered = (): void => {
      throw new Error('Of no use.')
    }
    const asked = setup.connection.request({ type: 'channels.list' }, { answered })
    const rejected = expect(asked).rejects.toThrow('Of no use.')
    await setup.world.advance(2)
    const socket = setup.world.lastSocket()
    const ref = socket.receivedOf('channels.list')[0]?.ref
    socket.send({ type: 'channels.page', ref, channels: [] })
    await setup.world.advance(2)
    await rejected
    expect(setup.connection.state.name).toBe('connected')
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
