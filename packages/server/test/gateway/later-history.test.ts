import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SERVER } from '../../src/operations/actor.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

let world: World
let alice: FakeSocket
/** Numbers 1 and 2 are the members' joining; messages from 3 on. */
beforeEach(async () => {
  world = await createWorld()
  await world.members('general', 'alice', 'bob')
  for (let i = 3; i <= 150; i++) await world.send('general', 'bob', `${i}`)
  await world.operate('general', { kind: 'retention.raise', oldestSeq: 21 })
  alice = await world.connect('alice')
})
afterEach(() => world.close())

describe('a history that begins later (I8)', () => {
  it('[P-55] shows nothing below it, and hides what changes something there', async () => {
    const before = await world.send('general', 'bob', 'before')
    await world.join('general', 'carol', { visibleFromSeq: 152 })
    const carol = await world.connect('carol')
    expect(carol.received()[0].channels[0]).toMatchObject({ oldest_seq: 152, head_seq: 152 })
    await world.act('message.edit', 'general', 'bob', before, { text: 'secret' })
    await world.send('general', 'bob', 'seen')
    const live = carol.received().slice(1)
    expect(live).toMatchObject([
      { type: 'event.hidden', channel_seq: 153 },
      { type: 'message.new', channel_seq: 154, text: 'seen' },
    ])
    expect(live[0]).not.toHaveProperty('text')
    // whoever may see it gets it whole
    expect(alice.received('message.edited')).toMatchObject([{ text: 'secret' }])
    for (const request of [{}, { direction: 'backward' }, { after_seq: 100 }]) {
      const page = await world.backfill(carol, 'general', request)
      expect(page).toMatchObject({ from_seq: 152, to_seq: 154, oldest_seq: 152, has_more: false })
      expect(page.messages.map(({ type }: { type: string }) => type)).toEqual([
        'member.joined',
        'event.hidden',
        'message.new',
      ])
      expect(JSON.stringify(page)).not.toContain('secret')
    }
    const below = await world.backfill(carol, 'general', { before_seq: 140, direction: 'backward' })
    expect(below).toMatchObject({ from_seq: 152, to_seq: 151, messages: [] })
  })

  it('[P-93] says that what lies below it is not unread, on connecting and on joining', async () => {
    const below = { oldest_seq: 21, message_count: 148, read_message_count: 18 }
    const [greeted] = alice.received()[0].channels
    expect(greeted).toMatchObject(below)
    expect(greeted).not.toHaveProperty('read_seq')
    await world.members('elsewhere', 'carol')
    const carol = await world.connect('carol')
    await world.join('general', 'carol', { visibleFromSeq: 101 })
    const added = { channel_id: 'general', message_count: 148, read_message_count: 98 }
    expect(carol.received('channel.added')).toMatchObject([{ channel: added }])
    const again = await world.connect('carol')
    expect(again.received()[0].channels).toContainEqual(expect.objectContaining(added))
  })

  it('[P-93] counts what lies below it also where that was not pushed here yet', async () => {
    await world.members('elsewhere', 'carol')
    const carol = await world.connect('carol')
    world.bus.drops = () => true
    await world.send('general', 'bob', 'lost on the way')
    await world.join('general', 'carol', { visibleFromSeq: 152 })
    world.bus.drops = () => false
    const added = { channel_id: 'general', oldest_seq: 152, read_message_count: 149 }
    expect(carol.received('channel.added')).toMatchObject([{ channel: added }])
  })

  it('I8: is not passed by a page that was asked for before it began later, under an earlier membership', async () => {
    let open = () => {}
    world.store.gate = new Promise((resolve) => {
      open = resolve
    })
    const ask = { type: 'backfill.request', channel_id: 'general', ref: 'asked', limit: 10 }
    alice.say({ ...ask, direction: 'forward', after_seq: 30 })
    await world.environment.settle()
    world.store.gate = Promise.resolve()
    await world.remove('general', 'alice')
    await world.join('general', 'alice', { visibleFromSeq: 152 })
    open()
    await world.environment.settle()
    const answered = alice.received().filter(({ ref }) => ref === 'asked')
    expect(answered).toMatchObject([{ type: 'error', code: 'unavailable', retry_after_ms: 500 }])
    const page = await world.backfill(alice, 'general', { after_seq: 30 })
    expect(page).toMatchObject({ from_seq: 152, oldest_seq: 152 })
  })

  it('I8: that is made to begin later is hidden, from pages and from what changes, once that is answered', async () => {
    const before = await world.send('general', 'bob', 'before')
    const { membership } = world.directory.port
    const reading = Promise.withResolvers<void>()
    world.directory.port.membership = async (...asked) => {
      await reading.promise
      return membership(...asked)
    }
    const raising = world.core.channels.putMember(SERVER, 'general', 'alice', {
      visibleFromSeq: 152,
    })
    const answered = raising.then(() => 'answered')
    const first = Promise.race([answered, world.environment.settle().then(() => 'settled')])
    if ((await first) === 'settled') reading.resolve()
    await world.finish(answered)
    const page = await world.backfill(alice, 'general', { after_seq: 150 })
    expect(page).toMatchObject({ from_seq: 152, oldest_seq: 152 })
    alice.take()
    await world.act('message.edit', 'general', 'bob', before, { text: 'secret' })
    expect(alice.take()).toMatchObject([{ type: 'event.hidden' }])
    reading.resolve()
  })

  it('I8: is told anew to who cannot be shown what they may see by now', async () => {
    const { membership } = world.directory.port
    world.directory.port.membership = () => Promise.reject(new Error('the directory is away'))
    alice.take()
    await world.finish(
      world.core.channels.putMember(SERVER, 'general', 'alice', { visibleFromSeq: 152 }),
    )
    expect(alice.received('channel.removed')).toHaveLength(1)
    world.directory.port.membership = membership
    await world.environment.advance(20_000)
    expect(alice.received('channel.added')).toMatchObject([{ channel: { oldest_seq: 152 } }])
  })

  it('I8: is confirmed also when it is asked for again, by who got no answer', async () => {
    const { confirmRemoval } = world.bus.port
    world.bus.port.confirmRemoval = () => Promise.reject(new Error('nobody answers'))
    const later = { visibleFromSeq: 152 }
    const raise = () =>
      world.finish(
        world.core.channels.putMember(SERVER, 'general', 'alice', later).catch((error) => error),
      )
    expect(await raise()).toMatchObject({ code: 'unavailable' })
    expect(await raise()).toMatchObject({ code: 'unavailable' })
    world.bus.port.confirmRemoval = confirmRemoval
    expect(await raise()).toMatchObject({ visible_from_seq: 152 })
  })
})
