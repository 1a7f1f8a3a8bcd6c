import { afterEach, beforeEach, expect, it } from 'vitest'
import { createWorld, type World } from './world.js'

let world: World
beforeEach(async () => {
  world = await createWorld()
  await world.members('c', 'alice')
})
afterEach(() => world.close())

it('[P-23] a channel that nobody has followed for long is not taken away from a hello under way', async () => {
  const before = await world.connect('alice', { c: 0 })
  await world.environment.advance(5_000)
  before.listener?.closed(1000)
  await world.environment.advance(61_000)
  await world.members('d', 'alice')
  // the other channel is read until after the next sweep
  let open = () => {}
  world.store.gate = new Promise((resolve) => {
    open = resolve
  })
  const alice = await world.connect('alice', { c: 0, d: 0 })
  await world.environment.advance(9_000)
  open()
  await world.environment.settle()
  const [ack] = alice.received('hello_ack')
  expect(ack.gone).toEqual([])
  const named = ack.channels.map(({ channel_id }: { channel_id: string }) => channel_id)
  expect(named.sort()).toEqual(['c', 'd'])
})
