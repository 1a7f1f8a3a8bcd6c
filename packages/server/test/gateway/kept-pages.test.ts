import { afterEach, expect, it } from 'vitest'
import { createWorld, type World } from './world.js'

let world: World
afterEach(() => world.close())

/** A gateway whose memory holds hardly anything but pages of the store. */
const smallTails = (pagesMaxChars: number) =>
  createWorld({ gateway: { tailMaxEvents: 2, tailFillEvents: 1, pagesMaxChars, frameRatePerS: 0 } })

it('I7: pages that are kept are bounded in number too, those in which there is nothing included', async () => {
  world = await smallTails(5_000)
  await world.members('general', 'alice')
  const sent = await world.send('general', 'alice')
  for (let i = 0; i < 40; i++) {
    await world.act('reaction.add', 'general', 'alice', sent, { emoji: `e${i}` })
  }
  const alice = await world.connect('alice')
  const ask = (after_seq: number) =>
    world.backfill(alice, 'general', { after_seq, only: 'messages', limit: 1 })
  world.store.reset()
  for (let after = 5; after < 35; after++) {
    expect(await ask(after)).toMatchObject({ messages: [], to_seq: 42 })
  }
  expect(world.store.pages).toHaveLength(30)
  await ask(34)
  expect(world.store.pages).toHaveLength(30)
  await ask(5)
  expect(world.store.pages).toHaveLength(31)
})

it('I7: so is what is written of one page for histories that begin at many places', async () => {
  world = await smallTails(60_000)
  await world.members('general', 'alice')
  const users = Array.from({ length: 20 }, (_, i) => `u${i}`)
  for (const userId of users) {
    const { channel_seq } = await world.send('general', 'alice')
    await world.join('general', userId, { visibleFromSeq: channel_seq + 1 })
  }
  for (let i = 0; i < 20; i++) await world.send('general', 'alice', 'x'.repeat(1_000))
  const last = await world.send('general', 'alice')
  world.store.reset()
  for (const userId of users) {
    const socket = await world.connect(userId, { general: last.channel_seq })
    const after_seq = last.channel_seq - 21
    const page = await world.backfill(socket, 'general', { after_seq, limit: 10 })
    expect(page).toMatchObject({ from_seq: after_seq + 1, to_seq: after_seq + 10 })
  }
  // more than a few texts of it are not kept: then it is read again
  const reads = world.store.pages.filter(({ limit }) => limit === 10).length
  expect(reads).toBeGreaterThan(3)
  expect(reads).toBeLessThan(10)
})
