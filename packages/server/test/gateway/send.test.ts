import { expect, it } from 'vitest'
import { createWorld } from './world.js'

it('[P-37] I1: a send comes back as an ack and as its event, in one write', async () => {
  const world = await createWorld()
  await world.members('general', 'alice', 'bob')
  const alice = await world.connect('alice')
  const bob = await world.connect('bob')
  alice.take()
  bob.take()
  const writes = alice.writes
  const command = world.command('general', { ref: 'r1' })
  alice.say(command)
  await world.environment.settle()
  const [ack, event] = alice.take()
  expect(ack).toEqual({
    type: 'message.ack',
    ref: 'r1',
    client_msg_id: command.client_msg_id,
    channel_id: 'general',
    channel_seq: 3,
    message_id: event.message_id,
    ts: world.environment.now(),
    deduplicated: false,
  })
  expect(event).toMatchObject({ type: 'message.new', channel_seq: 3, text: 'hello' })
  expect(alice.writes - writes).toBe(1)
  expect(bob.take()).toEqual([event])
  await world.close()
})
