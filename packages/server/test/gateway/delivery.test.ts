import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Answer } from '../../src/ports/push.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
})
afterEach(() => world.close())

const lastFrame = (socket: FakeSocket) => socket.frames.at(-1)

describe('delivery', () => {
  it('[P-50] gives every receiver the same frame, made once', async () => {
    await world.members('general', 'alice', 'bob', 'carol')
    const sockets = [
      await world.connect('alice'),
      await world.connect('bob'),
      await world.connect('carol'),
    ]
    await world.send('general', 'alice', 'héllo')
    const frames = sockets.map(lastFrame)
    expect(frames[0]).toBe(frames[1])
    expect(frames[1]).toBe(frames[2])
    expect(JSON.parse(frames[0]?.text ?? '')).toMatchObject({ type: 'message.new', text: 'héllo' })
  })

  it('reaches all devices of a user, the sender\u2019s others too', async () => {
    await world.members('general', 'alice')
    const phone = await world.connect('alice')
    const laptop = await world.connect('alice')
    phone.say(world.command('general'))
    await world.environment.settle()
    expect(laptop.received('message.new')).toHaveLength(1)
    expect(laptop.received('message.ack')).toHaveLength(0)
  })

  it('writes once per socket and turn: a channel\u2019s events of a turn are one array', async () => {
    await world.members('general', 'alice', 'bob')
    const alice = await world.connect('alice')
    const bob = await world.connect('bob')
    const writes = bob.writes
    for (let i = 0; i < 16; i++) alice.say(world.command('general', { text: `${i}` }))
    await world.environment.settle()
    expect(bob.writes - writes).toBe(1)
    const events = JSON.parse(lastFrame(bob)?.text ?? '')
    expect(events.map((event: { text: string }) => event.text)).toEqual(
      Array.from({ length: 16 }, (_, i) => `${i}`),
    )
  })

  it('who has an answer waiting gets it and the events of the turn in one write', async () => {
    await world.members('general', 'alice', 'bob')
    const alice = await world.connect('alice')
    const bob = await world.connect('bob')
    const before = [alice.writes, bob.writes]
    alice.say(world.command('general'))
    await world.environment.settle()
    expect([alice.writes, bob.writes]).toEqual(before.map((writes) => writes + 1))
    expect(alice.received('message.ack')).toHaveLength(1)
    expect(alice.received('message.new')).toHaveLength(1)
    expect(bob.received('message.new')).toHaveLength(1)
  })

  it('a socket in several hot channels gets one write of their shared frames', async () => {
    for (const channelId of ['c1', 'c2', 'c3']) await world.members(channelId, 'alice', 'bob')
    const alice = await world.connect('alice')
    const bob = await world.connect('bob')
    const writes = bob.writes
    alice.say(['c1', 'c2', 'c3'].map((channelId) => world.command(channelId)))
    await world.environment.settle()
    expect(bob.writes - writes).toBe(1)
    expect(bob.received('message.new').map((event) => event.channel_id)).toEqual(['c1', 'c2', 'c3'])
  })

  it('[P-2] splits what is too much for one frame', async () => {
    await world.members('general', 'alice', 'bob')
    const alice = await world.connect('alice')
    const bob = await world.connect('bob')
    const text = 'é'.repeat(10_000)
    for (let i = 0; i < 30; i++) alice.say(world.command('general', { text }))
    for (let i = 0; i < 120; i++) alice.say(world.command('general', { text: 'short' }))
    await world.environment.settle()
    const events = bob.received('message.new')
    expect(events.map((event) => event.channel_seq)).toEqual(events.map((_, i) => i + 4 - 1))
    for (const { text: frame, bytes } of bob.frames) {
      expect(bytes.length).toBeLessThanOrEqual(262_144 + 10)
      expect([JSON.parse(frame)].flat().length).toBeLessThanOrEqual(100)
    }
  })

  it('[P-37] answers a command once, though it is folded and announced again', async () => {
    await world.members('general', 'alice')
    const alice = await world.connect('alice')
    alice.take()
    const answers: Answer[] = []
    world.bus.onPush = (batch) => answers.push(...batch.answers)
    alice.say(world.command('general', { ref: 'r' }))
    await world.environment.settle()
    expect(alice.received('message.ack')).toHaveLength(1)
    expect(answers).toHaveLength(1)
    world.gateway.receive({ channels: [], answers })
    await world.environment.settle()
    expect(alice.received('message.ack')).toHaveLength(1)
    expect(world.metrics.counts.answerUnclaimed).toBe(1)
  })

  it('[P-38] I3: answers a repeat with the first result', async () => {
    await world.members('general', 'alice')
    const alice = await world.connect('alice')
    alice.take()
    const command = world.command('general')
    alice.say(command)
    await world.environment.settle()
    alice.say({ ...command, text: 'another text', ref: 'again' })
    await world.environment.settle()
    const [first, second] = alice.received('message.ack')
    expect(second).toEqual({ ...first, ref: 'again', deduplicated: true })
    expect(alice.received('message.new')).toHaveLength(1)
  })

  it('[P-44] a change of nothing is acknowledged as such', async () => {
    await world.members('general', 'alice')
    const alice = await world.connect('alice')
    const sent = await world.send('general', 'alice')
    alice.take()
    alice.say({
      ...world.command('general', { ref: 'r' }),
      type: 'reaction.remove',
      emoji: '👍',
      target_seq: sent.channel_seq,
      target_message_id: sent.message_id,
    })
    await world.environment.settle()
    const [ack, ...rest] = alice.take()
    expect(ack).toMatchObject({ type: 'message.ack', noop: true, message_id: sent.message_id })
    expect(ack).not.toHaveProperty('channel_seq')
    expect(rest).toEqual([])
  })

  it('[P-42] [P-37] a rejection of the fold is an error with the command\u2019s ids', async () => {
    await world.members('general', 'alice')
    const alice = await world.connect('alice')
    alice.take()
    alice.say({
      ...world.command('general', { ref: 'r', client_msg_id: 'c' }),
      type: 'message.delete',
      target_seq: 99,
      target_message_id: 'm',
    })
    await world.environment.settle()
    expect(alice.take()).toMatchObject([
      { type: 'error', code: 'not_found', ref: 'r', client_msg_id: 'c', channel_id: 'general' },
    ])
  })

  it('[P-47] [P-69] a refusal of acceptance is an error with the command\u2019s ids', async () => {
    await world.members('private-1', 'bob')
    const alice = await world.connect('alice')
    alice.take()
    alice.say(world.command('private-1', { ref: 'r', client_msg_id: 'c' }))
    await world.environment.settle()
    expect(alice.take()).toMatchObject([
      { code: 'channel_not_found', ref: 'r', client_msg_id: 'c', channel_id: 'private-1' },
    ])
  })
})
