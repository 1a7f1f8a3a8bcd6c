import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
  await world.members('general', 'alice')
})
afterEach(() => world.close())

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

describe('frames', () => {
  it.each([
    ['no JSON', '{'],
    ['no object', '12'],
    ['nothing', '[]'],
    ['no type', '[{"type":"ping","ts":1},{}]'],
    ['too deep', `{"type":"ping","x":${nested(32)}}`],
    ['__proto__', '{"type":"ping","ts":1,"__proto__":{}}'],
    ['empty text', ''],
  ])(
    '[P-5] one that cannot be read (%s) is answered by an error and closed with 4400',
    async (_, text) => {
      const alice = await world.connect('alice')
      alice.take()
      alice.say(text)
      await world.environment.settle()
      expect(alice.take()).toMatchObject([{ type: 'error', code: 'invalid_frame' }])
      expect(alice.closedWith).toBe(4400)
    },
  )

  it.each([
    ['bytes', JSON.stringify({ type: 'ping', ts: 1, x: 'é'.repeat(32_768) })],
    ['envelopes', JSON.stringify(Array.from({ length: 101 }, () => ({ type: 'ping', ts: 1 })))],
  ])(
    '[P-2] [P-5] one with too many %s is payload_too_large and closed with 1009',
    async (_, text) => {
      const alice = await world.connect('alice')
      alice.take()
      alice.say(text)
      await world.environment.settle()
      expect(alice.take()).toMatchObject([{ type: 'error', code: 'payload_too_large' }])
      expect(alice.closedWith).toBe(1009)
    },
  )

  it('I7: of what comes before hello is answered no more bytes wait than four frames may have', async () => {
    const socket = world.open()
    socket.say({ type: 'hello', device_id: 'd1', last_seq_map: {}, token: 'slow' })
    const text = 'x'.repeat(60_000)
    for (let i = 0; i < 4; i++) socket.say({ type: 'ping', ts: 1, junk: text })
    expect(socket.closedWith).toBeUndefined()
    socket.say({ type: 'ping', ts: 1, junk: text })
    expect(socket.received()).toMatchObject([{ code: 'rate_limited', retry_after_ms: 1_000 }])
    expect(socket.closedWith).toBe(4008)
  })

  it('I7: what comes before hello is answered waits within a bound; of more the connection is refused', async () => {
    const socket = world.open({ token: 'slow' })
    socket.say({ type: 'hello', device_id: 'd1', last_seq_map: {} })
    for (let i = 0; i < 100; i++) socket.say({ type: 'ping', ts: i })
    await world.environment.settle()
    expect(socket.closedWith).toBeUndefined()
    socket.say({ type: 'ping', ts: 100 })
    await world.environment.settle()
    expect(socket.take()).toMatchObject([{ type: 'error', code: 'rate_limited' }])
    expect(socket.closedWith).toBe(4008)
    expect(world.metrics.counts['refusedConnection rate_limited']).toBe(1)
  })

  it('[P-4] [P-5] envelopes are handled one by one: a bad one changes nothing for the others', async () => {
    const alice = await world.connect('alice')
    alice.take()
    alice.say([
      { type: 'ping', ts: 1 },
      { type: 'ping', ts: 'x' },
      { type: 'ping', ts: 2 },
    ] as never)
    await world.environment.settle()
    expect(alice.take().map(({ type, ts }) => [type, ts])).toEqual([
      ['pong', 1],
      ['error', undefined],
      ['pong', 2],
    ])
    expect(alice.closedWith).toBeUndefined()
  })

  it('[P-7] an unknown type, and one that is not served, get unknown_type and keep the connection', async () => {
    const alice = await world.connect('alice')
    alice.take()
    for (const frame of [
      { type: 'message.translate', ref: 'r' },
      { type: 'presence.set', ref: 'r', status: 'away' },
      { type: 'presence.subscribe', ref: 'r', channel_id: 'general' },
      { type: 'presence.unsubscribe', ref: 'r', channel_id: 'general' },
      { type: 'receipts.request', ref: 'r', channel_id: 'general' },
      { type: 'receipt.read', ref: 'r', channel_id: 'general', seq: 1 },
      { type: 'receipt.delivered', ref: 'r', channel_id: 'general', seq: 1 },
    ]) {
      alice.say(frame)
      await world.environment.settle()
      expect(alice.take()).toMatchObject([{ type: 'error', code: 'unknown_type', ref: 'r' }])
    }
    expect(alice.closedWith).toBeUndefined()
  })

  it('[P-10] an error echoes ref, client_msg_id and channel_id, as far as they can be read', async () => {
    const alice = await world.connect('alice')
    alice.take()
    alice.say({ ...world.command('general', { ref: 'r', client_msg_id: 'c', text: 7 }) })
    alice.say({ ...world.command('general', { ref: 8, client_msg_id: 'c' }), channel_id: 9 })
    await world.environment.settle()
    const [first, second] = alice.take()
    expect(first).toMatchObject({ ref: 'r', client_msg_id: 'c', channel_id: 'general' })
    expect(second).toMatchObject({ client_msg_id: 'c' })
    expect(second).not.toHaveProperty('ref')
    expect(second).not.toHaveProperty('channel_id')
  })

  it('[P-14] [P-10] refuses, by its name, a client_msg_id of the server\u2019s own namespace', async () => {
    const alice = await world.connect('alice')
    alice.take()
    alice.say(world.command('general', { client_msg_id: '~1' }))
    await world.environment.settle()
    expect(alice.take()).toMatchObject([{ code: 'invalid_frame', client_msg_id: '~1' }])
  })
})

describe('the frame rate', () => {
  it('I7: refuses one by one what is above it, and a flood closes with 4008', async () => {
    await world.close()
    world = await createWorld({ gateway: { frameRatePerS: 10 } })
    const alice = await world.connect('alice')
    alice.take()
    for (let i = 0; i < 25; i++) alice.say({ type: 'ping', ts: i, ref: 'p' })
    await world.environment.settle()
    const answers = alice.take()
    expect(answers.filter(({ type }) => type === 'pong')).toHaveLength(20)
    const refused = answers.filter(({ type }) => type === 'error')
    expect(refused).toHaveLength(5)
    expect(refused[0]).toMatchObject({ code: 'rate_limited', ref: 'p', retryable: true })
    expect(refused[4].retry_after_ms).toBeGreaterThan(refused[0].retry_after_ms)
    await world.environment.advance(refused[4].retry_after_ms)
    alice.say({ type: 'ping', ts: 1 })
    await world.environment.settle()
    expect(alice.take()).toMatchObject([{ type: 'pong' }])
    for (let i = 0; i < 40; i++) alice.say({ type: 'ping', ts: i })
    await world.environment.settle()
    expect(alice.closedWith).toBe(4008)
  })

  it('[P-102] is stated in hello_ack, and so many are taken at once, of every type', async () => {
    await world.close()
    world = await createWorld({ gateway: { frameRatePerS: 10 } })
    const alice = await world.connect('alice')
    const [{ limits }] = alice.take()
    expect(limits).toMatchObject({ envelope_rate_per_s: 10, envelope_burst: 20 })
    for (let i = 0; i < limits.envelope_burst; i++) alice.say(world.command('general'))
    await world.environment.settle()
    expect(alice.take().filter(({ code }) => code === 'rate_limited')).toEqual([])
  })

  it('can be switched off, and is stated as none', async () => {
    await world.close()
    world = await createWorld({ gateway: { frameRatePerS: 0 } })
    const alice = await world.connect('alice')
    expect(alice.take()).toMatchObject([{ limits: { envelope_rate_per_s: 0 } }])
    for (let i = 0; i < 5_000; i++) alice.say({ type: 'ping', ts: i })
    await world.environment.settle()
    expect(alice.take()).toHaveLength(5_000)
  })
})
