import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ChannelPush } from '../../src/ports/push.js'
import { createWorld, token, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const hello = (over = {}) => ({ type: 'hello', device_id: 'd1', last_seq_map: {}, ...over })

describe('hello', () => {
  it('[P-21] is answered by hello_ack, the first frame and one of its own', async () => {
    await world.members('general', 'alice')
    await world.send('general', 'alice')
    const alice = await world.connect({ user: 'alice', expiresInMs: 60_000 }, { general: 2 })
    expect(alice.frames).toHaveLength(1)
    expect(alice.received()[0]).toMatchObject({
      type: 'hello_ack',
      user_id: 'alice',
      server_ts: world.environment.now(),
      token_expires_in_ms: 60_000,
      resume: 'full',
      gone: [],
      channels: [
        {
          channel_id: 'general',
          workspace_id: 'w1',
          kind: 'public',
          role: 'member',
          head_seq: 2,
          oldest_seq: 1,
          message_count: 1,
        },
      ],
      limits: { backfills_in_flight_max: 2, silence_timeout_ms: 30_000 },
    })
  })

  it('[P-19] takes no other envelope first', async () => {
    for (const first of [{ type: 'ping', ts: 1 }, { type: 'nonsense' }, hello({ device_id: '' })]) {
      const socket = world.open({ token: token('alice') })
      socket.say(first)
      await world.environment.settle()
      expect(socket.received()).toMatchObject([{ type: 'error' }])
      expect(socket.closedWith).toBe(4400)
    }
  })

  it('[P-19] closes with 4001 who says nothing for 10 s', async () => {
    for (const request of [{}, { token: token('alice') }]) {
      const socket = world.open(request)
      await world.environment.advance(9_900)
      expect(socket.closedWith).toBeUndefined()
      await world.environment.advance(400)
      expect(socket.received()).toMatchObject([{ type: 'error', code: 'unauthorized' }])
      expect(socket.closedWith).toBe(4001)
    }
  })

  it('[P-19] closes with 4503, and tells it as a trouble, when the token of a hello is not checked in 10 s', async () => {
    for (const [request, over] of [
      [{ token: 'slow' }, {}],
      [{}, { token: 'slow' }],
    ]) {
      const socket = world.open(request)
      socket.say(hello(over))
      await world.environment.advance(9_900)
      expect(socket.closedWith).toBeUndefined()
      await world.environment.advance(400)
      expect(socket.received()).toMatchObject([{ code: 'unavailable', retry_after_ms: 1_000 }])
      expect(socket.closedWith).toBe(4503)
    }
    expect(world.troubles).toMatchObject([
      [expect.stringContaining('authenticating'), { name: 'DeadlineError' }],
      [expect.stringContaining('authenticating'), { name: 'DeadlineError' }],
    ])
  })

  it('[P-20] names at most 500 channels and has at most 48 KiB', async () => {
    const many = Object.fromEntries(Array.from({ length: 501 }, (_, i) => [`c${i}`, 0]))
    const socket = world.open({ token: token('alice') })
    socket.say(hello({ last_seq_map: many }))
    expect(socket.received()).toMatchObject([{ code: 'invalid_frame' }])
    expect(socket.closedWith).toBe(4400)
    const large = world.open()
    large.say(hello({ token: 'x'.repeat(16_000), capabilities: ['x'], junk: 'x'.repeat(34_000) }))
    expect(large.received()).toMatchObject([{ code: 'payload_too_large' }])
    expect(large.closedWith).toBe(1009)
  })

  it('[P-22] answers every named channel, and does not tell what is from what is not yours', async () => {
    await world.members('general', 'alice')
    await world.members('private-1', 'bob')
    const alice = await world.connect('alice', { general: 0, 'private-1': 4, nowhere: 0 })
    expect(alice.received()[0]).toMatchObject({
      channels: [{ channel_id: 'general' }],
      gone: [
        { channel_id: 'private-1', reason: 'not_found' },
        { channel_id: 'nowhere', reason: 'not_found' },
      ],
    })
  })

  it('[P-22] says of a channel that the user was a member of how that ended', async () => {
    await world.members('private-1', 'alice', 'bob', 'carl', 'dan')
    await world.remove('private-1', 'alice')
    await world.remove('private-1', 'bob', true)
    await world.finish(
      world.core.channels.removeMember(
        { kind: 'user', userId: 'carl' },
        'private-1',
        'carl',
        false,
      ),
    )
    // kept out before ever being in: as much a stranger as before
    await world.remove('private-1', 'eve', true)
    for (const [user, reason] of [
      ['alice', 'kicked'],
      ['bob', 'banned'],
      ['carl', 'left'],
      ['eve', 'not_found'],
    ] as const) {
      const [ack] = (await world.connect(user, { 'private-1': 3 })).received()
      expect(ack).toMatchObject({ channels: [], gone: [{ channel_id: 'private-1', reason }] })
    }
    await world.join('private-1', 'bob')
    const [ack] = (await world.connect('bob', { 'private-1': 3 })).received()
    expect(ack).toMatchObject({ channels: [{ channel_id: 'private-1' }], gone: [] })
  })

  it('[P-22] says so too of a removal that comes while the hello is answered', async () => {
    await world.members('private-1', 'alice')
    let open: () => void = () => undefined
    world.directory.gate = new Promise((resolve) => (open = resolve))
    const alice = await world.connect('alice', { 'private-1': 1 })
    const removing = world.remove('private-1', 'alice')
    await world.environment.settle()
    open()
    await removing
    expect(alice.received()[0]).toMatchObject({
      channels: [],
      gone: [{ channel_id: 'private-1', reason: 'kicked' }],
    })
  })

  it('[P-23] lists the newest 200 others, the rest by cursor', async () => {
    for (let i = 0; i < 205; i++) await world.members(`c${i}`, 'alice')
    const alice = await world.connect('alice', { c0: 0 })
    const [ack] = alice.received()
    const ids = ack.channels.map((entry: { channel_id: string }) => entry.channel_id)
    expect(ids).toHaveLength(201)
    expect(ids).toContain('c0')
    expect(ids).toContain('c204')
    expect(ids).not.toContain('c4')
    alice.take()
    alice.say({ type: 'channels.list', cursor: ack.channels_cursor, ref: 'l' })
    await world.environment.settle()
    const [page] = alice.take()
    expect(page.channels.map((entry: { channel_id: string }) => entry.channel_id)).toEqual([
      'c4',
      'c3',
      'c2',
      'c1',
      'c0',
    ])
    expect(page.cursor).toBeUndefined()
  })

  it('[P-23] sends what exceeds 128 KiB at once as channels.page', async () => {
    const pad = 'é'.repeat(60)
    const named: Record<string, number> = {}
    for (let i = 0; i < 480; i++) {
      const channelId = `${i}${pad}`.slice(0, 64)
      await world.members(channelId, 'alice')
      named[channelId] = 0
    }
    const alice = await world.connect(
      'alice',
      Object.fromEntries(Object.entries(named).slice(0, 280)),
    )
    const [ack, ...rest] = alice.received()
    expect(alice.frames[0]?.bytes.length).toBeLessThanOrEqual(131_072 + 10)
    expect(rest.length).toBeGreaterThan(0)
    for (const page of rest) {
      expect(page).toMatchObject({ type: 'channels.page' })
      expect(page).not.toHaveProperty('ref')
    }
    const told = [ack, ...rest].flatMap((frame) => frame.channels)
    expect(new Set(told.map((entry) => entry.channel_id)).size).toBe(480)
    expect(alice.writes).toBe(1)
  })

  it('[P-24] R12: loses no event between the head it states and the first live one', async () => {
    await world.members('general', 'alice', 'bob')
    // the head is read while an event is on its way
    let open = () => {}
    world.store.gate = new Promise((resolve) => {
      open = resolve
    })
    const connecting = world.connect('alice', {})
    await world.environment.settle()
    world.gateway.receive({ channels: [], answers: [] })
    const sending = world.send('general', 'bob')
    await world.environment.settle()
    open()
    await sending
    const alice = await connecting
    await world.environment.settle()
    const [ack, ...events] = alice.received()
    const head = ack.channels[0].head_seq
    expect(events.map((event) => event.channel_seq)).toEqual(head === 3 ? [] : [3])
    await world.send('general', 'bob')
    expect(alice.received('message.new').at(-1)).toMatchObject({ channel_seq: 4 })
  })

  it('R12: registers the route before it reads the head', async () => {
    await world.members('general', 'alice')
    const order: string[] = []
    const { assert } = world.routes.port
    world.routes.port.assert = async (processId, ids) => {
      await assert(processId, ids)
      order.push('asserted')
    }
    const { heads } = world.store.port
    world.store.port.heads = (ids) => {
      order.push('read')
      return heads(ids)
    }
    const alice = await world.connect('alice')
    expect(alice.received('hello_ack')).toHaveLength(1)
    expect(order).toEqual(['asserted', 'read'])
  })

  it('[P-26] says none, full or partial', async () => {
    await world.members('general', 'alice')
    const resumes = []
    for (const named of [{}, { general: 1 }, { general: 1, nowhere: 1 }] as Record<
      string,
      number
    >[]) {
      resumes.push((await world.connect('alice', named)).received()[0].resume)
    }
    expect(resumes).toEqual(['none', 'full', 'partial'])
  })

  it('keeps what a client says before it is greeted, in order and within a bound', async () => {
    await world.members('general', 'alice')
    const alice = world.open({ token: token('alice') })
    alice.say([hello(), { type: 'ping', ts: 1 }, { type: 'ping', ts: 2 }] as never)
    alice.say({ type: 'ping', ts: 3 })
    await world.environment.settle()
    expect(alice.received().map(({ type, ts }) => [type, ts])).toEqual([
      ['hello_ack', undefined],
      ['pong', 1],
      ['pong', 2],
      ['pong', 3],
    ])
    expect(JSON.parse(alice.frames[0]?.text ?? '')).toMatchObject({ type: 'hello_ack' })
    const flood = world.open({ token: token('alice') })
    flood.say(hello())
    for (let i = 0; i < 101; i++) flood.say({ type: 'ping', ts: i })
    expect(flood.received()).toMatchObject([{ code: 'rate_limited' }])
    expect(flood.closedWith).toBe(4008)
  })

  it('[P-24] does not repeat what was collected in the same turn', async () => {
    await world.members('general', 'alice', 'bob')
    const bob = await world.connect('bob')
    const pushes: ChannelPush[] = []
    world.bus.onPush = (batch) => pushes.push(...batch.channels)
    world.bus.drops = () => true
    await world.send('general', 'bob')
    world.gateway.receive({ channels: pushes, answers: [] })
    const alice = world.open({ token: token('alice') })
    alice.say(hello())
    await world.environment.settle()
    expect(alice.received()).toMatchObject([{ channels: [{ head_seq: 3 }] }])
    expect(bob.received('message.new')).toHaveLength(1)
  })

  it('leaves nothing of who is gone before it is answered', async () => {
    const alice = world.open({ token: token('alice') })
    alice.say(hello())
    alice.end()
    await world.environment.settle()
    expect(world.gateway.isPresent('alice')).toBe(false)
  })

  it('is answered once', async () => {
    const alice = await world.connect('alice')
    alice.take()
    alice.say(hello({ ref: 'again' }))
    await world.environment.settle()
    expect(alice.take()).toMatchObject([{ code: 'invalid_frame', ref: 'again' }])
    expect(alice.closedWith).toBeUndefined()
  })

  it('is answered unavailable when store or directory do not answer', async () => {
    await world.members('general', 'alice')
    world.store.failing = true
    const alice = await world.connect('alice')
    expect(alice.received()).toMatchObject([{ code: 'unavailable', retryable: true }])
    expect(alice.closedWith).toBe(4503)
    world.store.failing = false
    world.directory.failing = true
    expect((await world.connect('alice')).closedWith).toBe(4503)
    world.directory.failing = false
    expect((await world.connect('alice')).received('hello_ack')).toHaveLength(1)
  })
})
