import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Core } from '../../src/gateway/core.js'
import type { ChannelPush } from '../../src/ports/push.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

const LIMIT = 20_000
let world: World
let slow: FakeSocket
let quick: FakeSocket
beforeEach(async () => {
  world = await createWorld({ gateway: { socketBufferMaxBytes: LIMIT } })
  await world.members('c1', 'alice', 'bob')
  await world.members('c2', 'alice', 'bob')
  slow = await world.connect('alice')
  quick = await world.connect('bob')
  slow.take()
  slow.reading = false
})
afterEach(() => world.close())

const flood = async (channelId: string, count: number) => {
  for (let i = 0; i < count; i++) await world.send(channelId, 'bob', 'x'.repeat(1_000))
}
const keepAlive = async (ms: number) => {
  for (let passed = 0; passed < ms; passed += 10_000) {
    slow.listener?.pong()
    quick.listener?.pong()
    await world.environment.advance(Math.min(10_000, ms - passed))
  }
}

describe('a slow reader (I7)', () => {
  it('[P-33] I6: gets bounded bytes, then channel.head for each channel when its backlog allows', async () => {
    await flood('c1', 50)
    await flood('c2', 3)
    expect(quick.received('message.new')).toHaveLength(53)
    const got = slow.received('message.new').length
    expect(got).toBeLessThan(25)
    expect(slow.buffered).toBeLessThan(LIMIT + 2_000)
    await world.environment.advance(1_000)
    expect(slow.received('channel.head')).toEqual([])
    slow.buffered = LIMIT / 2
    slow.reading = true
    await world.environment.advance(300)
    expect(slow.received('channel.head')).toMatchObject([
      { channel_id: 'c1', head_seq: 52, message_count: 50 },
      { channel_id: 'c2', head_seq: 5, message_count: 3 },
    ])
    slow.buffered = 0
    slow.take()
    await flood('c1', 1)
    expect(slow.take()).toMatchObject([{ type: 'message.new', channel_seq: 53 }])
    expect(world.metrics.counts['slowReader behind']).toBe(1)
  })

  it('[P-51] what is written after channel.head goes on right above it', async () => {
    await flood('c1', 30)
    slow.buffered = 0
    slow.reading = true
    // the look at slow readers and an event fall into one turn
    const pushes: ChannelPush[] = []
    world.bus.onPush = (batch) => pushes.push(...batch.channels)
    world.bus.drops = () => true
    await flood('c1', 1)
    world.gateway.receive({ channels: pushes, answers: [] })
    const core = world.gateway as unknown as Core
    for (const connection of core.users.get('alice')?.connections ?? []) {
      // biome-ignore lint/complexity/useLiteralKeys: what the timer calls is private
      core.slowReaders['look'](connection)
    }
    await world.environment.settle()
    world.bus.drops = () => false
    await flood('c1', 1)
    const frames = slow.received()
    const at = frames.findIndex(({ type }) => type === 'channel.head')
    const head = frames[at].head_seq
    expect(frames.slice(at + 1).map(({ channel_seq }) => channel_seq)).toEqual(
      frames.slice(at + 1).map((_, i) => head + 1 + i),
    )
    expect(frames.at(-1).channel_seq).toBe(34)
    expect(head).toBe(33)
    const before = frames.slice(0, at).filter(({ type }) => type === 'message.new')
    expect(before.map(({ channel_seq }) => channel_seq)).toEqual(before.map((_, i) => 3 + i))
  })

  it('[P-34] never loses acks, errors, channel.* and pages', async () => {
    await flood('c1', 30)
    slow.take()
    slow.say(world.command('c1', { ref: 'a' }))
    slow.say({ type: 'nonsense', ref: 'e' })
    await world.environment.settle()
    await world.members('c3', 'alice')
    await world.remove('c2', 'alice')
    expect(
      slow
        .take()
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['channel.added', 'channel.removed', 'error', 'message.ack'])
  })

  it('gets no more pages while it does not take what it has', async () => {
    await flood('c1', 30)
    expect(await world.backfill(slow, 'c1')).toMatchObject({ code: 'rate_limited' })
  })

  it('is closed with 4008 when it stays slow', async () => {
    await flood('c1', 30)
    await keepAlive(59_000)
    expect(slow.closedWith).toBeUndefined()
    await keepAlive(2_000)
    expect(slow.closedWith).toBe(4008)
    expect(quick.closedWith).toBeUndefined()
    expect(world.metrics.counts['slowReader closed']).toBe(1)
  })

  it('is closed with 4008 when it does not even take what is never left out', async () => {
    await flood('c1', 30)
    const junk = { type: 'nonsense', ref: 'x'.repeat(64) }
    for (let i = 0; i < 2_000 && slow.closedWith === undefined; i++) {
      slow.say(Array.from({ length: 10 }, () => junk) as never)
      await world.environment.advance(100)
      slow.listener?.pong()
    }
    expect(slow.closedWith).toBe(4008)
    expect(slow.buffered).toBeLessThan(5 * LIMIT)
  })

  it('is closed with 4008 when it only ever asks, in a channel where nothing happens', async () => {
    for (let i = 0; i < 3_000 && slow.closedWith === undefined; i++) {
      slow.say(
        Array.from({ length: 10 }, () => ({ type: 'ping', ts: i, ref: 'x'.repeat(64) })) as never,
      )
      await world.environment.advance(100)
    }
    expect(slow.closedWith).toBe(4008)
    expect(slow.buffered).toBeLessThan(5 * LIMIT)
  })

  it('leaves no timer when the last one has gone', async () => {
    const timers = world.environment.timers
    await flood('c1', 30)
    expect(world.environment.timers).toBe(timers + 1)
    slow.end()
    await world.environment.advance(300)
    expect(world.environment.timers).toBe(timers)
  })
})
