import { type ChannelEvents, LIMITS } from '@tidings/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { foldContent } from '../../src/gateway/content.js'
import type { Core } from '../../src/gateway/core.js'
import { seededRandom } from '../support/virtual-environment.js'
import type { FakeSocket } from './socket.js'
import { createWorld, type World } from './world.js'

let world: World
let alice: FakeSocket
beforeEach(async () => {
  world = await createWorld()
  await world.members('general', 'alice', 'bob')
  alice = await world.connect('alice')
})
afterEach(() => world.close())

const messageAt = async (seq: number) => {
  const page = await world.backfill(alice, 'general', { after_seq: seq - 1, before_seq: seq + 1 })
  return page.messages[0]
}

describe('content as of the read (R9)', () => {
  it('[P-52] an edit changes what is served from memory', async () => {
    const sent = await world.send('general', 'bob', 'old')
    await world.act('message.edit', 'general', 'bob', sent, { text: 'new' })
    const seq = sent.channel_seq
    expect(await messageAt(seq)).toMatchObject({ text: 'new', edited_seq: seq + 1, rev: seq + 1 })
  })

  it('[P-53] a deleted message is a tombstone, and the text of its edits is gone', async () => {
    const sent = await world.send('general', 'bob', 'first secret', { metadata: { secret: 1 } })
    await world.act('message.edit', 'general', 'bob', sent, { text: 'second secret' })
    await world.act('reaction.add', 'general', 'alice', sent, { emoji: 'x' })
    await world.backfill(alice, 'general')
    await world.act('message.delete', 'general', 'bob', sent)
    const page = await world.backfill(alice, 'general', { after_seq: sent.channel_seq - 1 })
    expect(page.messages.map(({ type }: { type: string }) => type)).toEqual([
      'message.new',
      'message.edited',
      'reaction.added',
      'message.deleted',
    ])
    expect(page.messages[0]).toMatchObject({ deleted_seq: sent.channel_seq + 3 })
    expect(page.messages[0]).not.toHaveProperty('reactions')
    expect(JSON.stringify(page)).not.toContain('secret')
  })

  it('[P-53] a page that was kept is not served after a message of it was deleted', async () => {
    const sent = await world.send('general', 'bob', 'secret')
    for (let i = 0; i < 250; i++) await world.send('general', 'bob')
    const range = { after_seq: sent.channel_seq - 1, limit: 5 }
    expect(JSON.stringify(await world.backfill(alice, 'general', range))).toContain('secret')
    await world.act('message.delete', 'general', 'bob', sent)
    const page = await world.backfill(alice, 'general', range)
    expect(JSON.stringify(page)).not.toContain('secret')
    expect(page.as_of_seq).toBe(sent.channel_seq + 251)
  })

  it('[P-53] nor one that holds only an edit of it, kept or still being read', async () => {
    const sent = await world.send('general', 'bob', 'first')
    await world.act('message.edit', 'general', 'bob', sent, { text: 'secret' })
    for (let i = 0; i < 250; i++) await world.send('general', 'bob')
    const range = { after_seq: sent.channel_seq, limit: 5 }
    expect(JSON.stringify(await world.backfill(alice, 'general', range))).toContain('secret')
    let open = () => {}
    world.store.gate = new Promise((resolve) => {
      open = resolve
    })
    alice.take()
    const another = { after_seq: sent.channel_seq, before_seq: sent.channel_seq + 4, limit: 3 }
    alice.say({
      type: 'backfill.request',
      ref: 'b',
      channel_id: 'general',
      direction: 'forward',
      ...another,
    })
    await world.environment.settle()
    await world.act('message.delete', 'general', 'bob', sent)
    open()
    await world.environment.settle()
    const overtaken = alice.received('message.backfill').at(-1)
    expect(overtaken).toMatchObject({ ref: 'b', as_of_seq: sent.channel_seq + 252 })
    expect(JSON.stringify(overtaken)).not.toContain('secret')
    const page = await world.backfill(alice, 'general', range)
    expect(JSON.stringify(page)).not.toContain('secret')
    expect(page.as_of_seq).toBe(sent.channel_seq + 252)
  })

  it('[P-63] a page that an edit overtakes while it is read is read again', async () => {
    const sent = await world.send('general', 'bob', 'secret')
    for (let i = 0; i < 250; i++) await world.send('general', 'bob')
    let open = () => {}
    world.store.gate = new Promise((resolve) => {
      open = resolve
    })
    alice.take()
    alice.say({
      type: 'backfill.request',
      ref: 'b',
      channel_id: 'general',
      direction: 'forward',
      limit: 5,
      after_seq: sent.channel_seq - 1,
    })
    await world.environment.settle()
    await world.act('message.delete', 'general', 'bob', sent)
    open()
    await world.environment.settle()
    const [page] = alice.received('message.backfill')
    expect(page.as_of_seq).toBe(sent.channel_seq + 251)
    expect(JSON.stringify(page)).not.toContain('secret')
  })

  it('[P-52] an edit that comes while memory is filled from the store is folded in', async () => {
    const sent = await world.send('general', 'bob', 'old')
    for (let i = 0; i < 20; i++)
      await world.send('general', 'bob')
      // as after a start, or when memory was wanted for others
    ;(world.gateway as unknown as Core).channels.get('general')?.tail.clear()
    let open = () => {}
    world.store.gate = new Promise((resolve) => {
      open = resolve
    })
    const after_seq = sent.channel_seq - 1
    alice.say({
      type: 'backfill.request',
      ref: 'b',
      channel_id: 'general',
      direction: 'forward',
      limit: 100,
      after_seq,
    })
    await world.environment.settle()
    await world.act('message.edit', 'general', 'bob', sent, { text: 'new' })
    open()
    await world.environment.settle()
    expect(alice.received('message.backfill')[0].messages[0]).toMatchObject({ text: 'new' })
    expect((await world.backfill(alice, 'general', { after_seq })).messages[0]).toMatchObject({
      text: 'new',
    })
  })

  it('[P-52] [P-56] memory and store serve the same, whatever happens to messages', async () => {
    const random = seededRandom(7)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
    const sent: { channel_seq: number; message_id: string; userId: string }[] = []
    const deleted = new Set<unknown>()
    for (let i = 0; i < 150; i++) {
      const userId = pick(['alice', 'bob'])
      const target = pick(sent.filter((one) => !deleted.has(one)))
      const dice = random()
      if (target === undefined || dice < 0.3) {
        const { channel_seq, message_id } = target ?? {}
        const reply = target && random() < 0.5 && { reply_to: { seq: channel_seq, message_id } }
        sent.push({ ...(await world.send('general', userId, `${i}`, reply || {})), userId })
      } else if (dice < 0.5) {
        await world.act('message.edit', 'general', target.userId, target, { text: `edit ${i}` })
      } else if (dice < 0.55) {
        await world.act('message.delete', 'general', target.userId, target)
        deleted.add(target)
      } else {
        const type = random() < 0.6 ? 'reaction.add' : 'reaction.remove'
        await world.act(type, 'general', userId, target, { emoji: pick(['a', 'b', 'c']) })
      }
    }
    const head = alice.received().at(-1).channel_seq
    for (let after_seq = 0; after_seq < head; after_seq += 100) {
      const page = await world.backfill(alice, 'general', { after_seq })
      const [stored] = await world.store.port.pages([
        { channelId: 'general', afterSeq: after_seq, direction: 'forward', limit: 100 },
      ])
      expect(page.messages.map(sorted)).toEqual(stored?.events.map(sorted))
    }
    expect(world.metrics.counts['backfill tail']).toBeGreaterThan(0)
  })
})

/** The order of reactions, and of those who react, says nothing. */
function sorted(event: object): object {
  if (!('reactions' in event)) return event
  const reactions = event.reactions as { emoji: string; user_ids: string[] }[]
  return {
    ...event,
    reactions: reactions
      .map((reaction) => ({ ...reaction, user_ids: reaction.user_ids.toSorted() }))
      .toSorted((a, b) => (a.emoji < b.emoji ? -1 : 1)),
  }
}

describe('folding an event into a served message', () => {
  const message: ChannelEvents['message.new'] = {
    type: 'message.new',
    channel_id: 'c',
    channel_seq: 5,
    message_count: 1,
    user_id: 'u',
    client_msg_id: 'x',
    ts: 0,
    message_id: 'm',
    text: 'hello',
  }
  const reaction = (type: 'reaction.added' | 'reaction.removed', user_id: string, emoji = 'a') => ({
    type,
    emoji,
    user_id,
    channel_id: 'c',
    channel_seq: 9,
    message_count: 1,
    client_msg_id: 'y',
    ts: 0,
    target_seq: 5,
    target_message_id: 'm',
  })

  it('[P-52] leaves alone what is folded in already', () => {
    const folded = { ...message, rev: 9 }
    expect(foldContent(folded, reaction('reaction.added', 'v'))).toBe(folded)
  })

  it('[P-56] counts beyond the users that are named, and gives up where only the store can tell', () => {
    const user_ids = Array.from({ length: LIMITS.reactionUserIdsMax }, (_, i) => `u${i}`)
    const full = { ...message, reactions: [{ emoji: 'a', count: 20, user_ids }] }
    const more = foldContent(full, reaction('reaction.added', 'v'))
    expect(more?.reactions).toEqual([{ emoji: 'a', count: 21, user_ids }])
    const unnamed = { ...message, reactions: [{ emoji: 'a', count: 21, user_ids }] }
    expect(foldContent(unnamed, reaction('reaction.removed', 'u3'))).toBeUndefined()
    expect(foldContent(message, reaction('reaction.removed', 'u3'))).toBeUndefined()
    const emojis = Array.from({ length: LIMITS.reactionEmojiMax }, (_, i) => ({
      emoji: `e${i}`,
      count: 1,
      user_ids: ['u'],
    }))
    const crowded = { ...message, reactions: emojis }
    expect(foldContent(crowded, reaction('reaction.added', 'v', 'new'))).toBeUndefined()
  })
})
