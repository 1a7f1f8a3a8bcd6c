import { expect, it } from 'vitest'
import { createWorld } from './world.js'

it('I7: R12: what comes while a channel is being opened waits within a bound, and of what is more the head is told', async () => {
  const world = await createWorld()
  await world.members('general', 'alice', 'bob')
  const opening = Promise.withResolvers<void>()
  world.store.gate = opening.promise
  const alice = await world.connect('alice')
  expect(alice.frames).toHaveLength(0)
  for (let i = 0; i < 100; i++) await world.send('general', 'bob', `${i}`)
  opening.resolve()
  await world.environment.settle()
  const [greeted] = alice.received('hello_ack')
  expect(greeted.channels).toMatchObject([{ channel_id: 'general', head_seq: 2 + 64 }])
  expect(alice.received('channel.head')).toMatchObject([{ channel_id: 'general', head_seq: 102 }])
  expect(world.metrics.counts).toMatchObject({ skipped: 36 })
  const page = await world.backfill(alice, 'general', { after_seq: 66 })
  expect(page).toMatchObject({ from_seq: 67, to_seq: 102, has_more: false })
  await world.close()
})
