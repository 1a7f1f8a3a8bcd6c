import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresence } from '../../src/adapters/memory/presence.js'
import { createMemoryReceipts } from '../../src/adapters/memory/receipts.js'
import { createWorld, type World } from '../gateway/world.js'

const alice = { kind: 'user', userId: 'alice' } as const
const page = { limit: 50 }
const history = { limit: 50, onlyMessages: false }

let world: World
beforeEach(async () => {
  world = await createWorld({
    ports: (environment) => ({
      presence: createMemoryPresence(environment),
      receipts: createMemoryReceipts(),
    }),
  })
  await world.members('private-1', 'alice', 'bob')
})
afterEach(() => world.close())

type Slow = 'pages' | 'heads' | 'members' | 'channels'

/** Holds up the next call of that name before it reads anything. */
function hold(name: Slow): { called: Promise<void>; goOn(): void } {
  const port = name === 'pages' || name === 'heads' ? world.store.port : world.directory.port
  const read = (port as Record<string, unknown>)[name] as (...args: unknown[]) => Promise<unknown>
  const called = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  Object.assign(port, {
    [name]: async (...args: unknown[]) => {
      Object.assign(port, { [name]: read })
      called.resolve()
      await held.promise
      return read(...args)
    },
  })
  return { called: called.promise, goOn: held.resolve }
}

describe('a read whose reader is removed while it is answered', () => {
  it.each<[string, Slow, () => Promise<unknown>]>([
    ['history', 'pages', () => world.core.history.read(alice, 'private-1', history)],
    ['members', 'members', () => world.core.channels.members(alice, 'private-1', page)],
    ['presence', 'members', () => world.core.presence.list(alice, 'private-1', page)],
    ['receipts', 'members', () => world.core.receipts.list(alice, 'private-1', {})],
  ])('R13: I8: of %s is refused', async (_, slow, read) => {
    const held = hold(slow)
    const reading = read().catch((error: unknown) => error)
    await held.called
    await world.remove('private-1', 'alice')
    await world.send('private-1', 'bob', 'after')
    held.goOn()
    expect(await world.finish(reading)).toMatchObject({ code: 'channel_not_found' })
  })

  it('R13: I8: of the channel does not tell where it is now', async () => {
    const held = hold('heads')
    const reading = world.core.channels.get(alice, 'private-1')
    await held.called
    await world.remove('private-1', 'alice')
    await world.send('private-1', 'bob', 'after')
    held.goOn()
    const channel = await world.finish(reading)
    expect(channel).not.toHaveProperty('head_seq')
    expect(channel).not.toHaveProperty('role')
  })

  it('R13: I8: of all channels leaves that one out, and none behind it', async () => {
    for (const channelId of ['private-0', 'private-2']) await world.members(channelId, 'alice')
    const held = hold('channels')
    const reading = world.core.channels.listOwn(alice, { limit: 2 })
    await held.called
    await world.remove('private-1', 'alice')
    held.goOn()
    const { items, next_cursor } = await world.finish(reading)
    expect(items.map(({ channel_id }) => channel_id)).toEqual(['private-0'])
    const rest = await world.core.channels.listOwn(alice, { limit: 2, cursor: next_cursor })
    expect(rest.items.map(({ channel_id }) => channel_id)).toEqual(['private-2'])
  })

  it('R13: I8: of history begins where the membership begins that they have then', async () => {
    for (let i = 0; i < 3; i++) await world.send('private-1', 'bob', `message ${i}`)
    const held = hold('pages')
    const reading = world.core.history.read(alice, 'private-1', { ...history, limit: 4 })
    await held.called
    await world.remove('private-1', 'alice')
    await world.join('private-1', 'alice', { visibleFromSeq: 7 })
    held.goOn()
    const { messages, ...covered } = await world.finish(reading)
    expect(messages.map((event) => event.type)).toEqual(['member.joined'])
    expect(covered).toMatchObject({ from_seq: 7, to_seq: 7, oldest_seq: 7, has_older: false })
  })
})
