import { describe, expect, it } from 'vitest'
import { createMemoryMessageFeed } from '../../src/adapters/memory/message-feed.js'
import type { FedMessage, MessageFeed } from '../../src/ports/message-feed.js'
import { command, createWorld, send, targetOf, type World } from './world.js'

const LAG_MS = 2_000
const GATHER_MS = 50
const textsOf = (fed: readonly FedMessage[]) => fed.map(({ event }) => event.text)

/** A world whose feed does what it is told; answers do not wait for it. */
async function fedWorld(wrap: (feed: MessageFeed) => Partial<MessageFeed> = () => ({})) {
  const fed: FedMessage[] = []
  const plain = createMemoryMessageFeed(fed)
  const world = await createWorld({ commitLagMs: LAG_MS, feed: { ...plain, ...wrap(plain) } })
  return { world, fed }
}

const committed = async ({ controls }: World): Promise<number> =>
  (await controls.log.committed()).reduce((sum, { offset }) => sum + offset, 0)

describe('the feed of what was stored (R7)', () => {
  it('R7: holds every message in its order, with the request that made it, and nothing but messages', async () => {
    const { world, fed } = await fedWorld()
    const [first] = await world.submit(send('one'), send('two'))
    await world.submit(send('three'))
    await world.environment.advance(GATHER_MS)
    expect(textsOf(fed)).toEqual(['one', 'two', 'three'])
    expect(fed[0]?.request?.requestId).toBeTypeOf('string')
    expect(JSON.parse(fed[0]?.json ?? '')).toEqual(fed[0]?.event)
    expect(first?.result).toMatchObject({ channelSeq: fed[0]?.event.channel_seq })
  })

  it('R7: acks do not wait for it, and R8: nothing is committed that it has not taken', async () => {
    const gate = Promise.withResolvers<void>()
    const { world, fed } = await fedWorld((feed) => ({
      publish: async (messages) => {
        await gate.promise
        await feed.publish(messages)
      },
    }))
    const [answer] = await world.submit(send('one'))
    expect(answer).toMatchObject({ deduplicated: false, result: { channelSeq: 1 } })
    await world.environment.advance(10 * LAG_MS)
    expect([fed.length, await committed(world)]).toEqual([0, 0])
    gate.resolve()
    await world.environment.advance(2 * LAG_MS)
    expect([textsOf(fed), await committed(world)]).toEqual([['one'], 1])
  })

  it('takes together what is stored within a moment, so that it costs few requests', async () => {
    const published: number[] = []
    const { world } = await fedWorld((feed) => ({
      async publish(messages) {
        published.push(messages.length)
        await feed.publish(messages)
      },
    }))
    for (const text of ['one', 'two', 'three']) await world.submit(send(text))
    await world.environment.advance(GATHER_MS)
    expect(published).toEqual([3])
  })

  it('what it does not take is offered again, in order, until it is taken', async () => {
    let refusals = 3
    const { world, fed } = await fedWorld((feed) => ({
      async publish(messages) {
        if (refusals-- > 0) throw new Error('not now')
        await feed.publish(messages)
      },
    }))
    await world.submit(send('one'))
    await world.submit(send('two'))
    await world.environment.advance(GATHER_MS)
    expect(world.troubles.length).toBeGreaterThan(0)
    await world.environment.advance(60_000)
    expect([textsOf(fed), await committed(world)]).toEqual([['one', 'two'], 2])
  })

  it('R8: what an owner has stored and not fed is fed by the next', async () => {
    let isDead = true
    const { world, fed } = await fedWorld((feed) => ({
      async publish(messages) {
        if (isDead) throw new Error('it died before it told anybody')
        await feed.publish(messages)
      },
    }))
    await world.submit(send('one'))
    await world.environment.advance(GATHER_MS)
    isDead = false
    world.controls.loseOwnership(0)
    await world.environment.advance(2 * LAG_MS)
    expect(textsOf(fed)).toEqual(['one'])
    expect(await world.served()).toHaveLength(1)
  })

  it('I7, R8: what piled up while it took nothing is offered in pieces, and committed piece by piece', async () => {
    const room = 1_000
    let isAway = true
    const { world, fed } = await fedWorld((feed) => ({
      async publish(messages) {
        if (isAway) throw new Error('nobody takes it')
        const taken = messages.slice(0, room)
        await feed.publish(taken)
        if (taken.length < messages.length) throw new Error('too much waits')
      },
    }))
    const sent = Array.from({ length: 2 * room }, (_, i) => `${i}`)
    await world.submit(...sent.map((text) => send(text)))
    await world.environment.advance(GATHER_MS)
    isAway = false
    await world.environment.advance(60_000)
    expect(textsOf(fed)).toEqual(sent)
    expect(await committed(world)).toBe(sent.length)
  })

  it('I7: what is large is offered in smaller pieces', async () => {
    const published: number[] = []
    const { world, fed } = await fedWorld((feed) => ({
      async publish(messages) {
        published.push(messages.reduce((sum, { json }) => sum + json.length, 0))
        await feed.publish(messages)
      },
    }))
    const sent = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(8_000)}`)
    await world.submit(...sent.map((text) => send(text)))
    await world.environment.advance(2 * LAG_MS)
    expect(textsOf(fed)).toEqual(sent)
    expect(Math.max(...published)).toBeLessThanOrEqual(256 * 1024)
    expect(await committed(world)).toBe(sent.length)
  })

  it('I7: while it takes nothing, large messages are read no further than memory allows, and none is lost', async () => {
    let isAway = true
    const { world, fed } = await fedWorld((feed) => ({
      async publish(messages) {
        if (isAway) throw new Error('nobody takes it')
        await feed.publish(messages)
      },
    }))
    const sent = Array.from({ length: 3_000 }, (_, i) => `${i} ${'x'.repeat(10_000)}`)
    const commands = sent.map((text) => send(text))
    await world.submit(...commands)
    await world.environment.advance(10 * 60_000)
    const answered = world.announcements.flatMap(({ answers }) => answers).length
    expect(answered).toBeGreaterThan(1_000)
    expect(answered).toBeLessThan(2_100)
    // what an operator sees of it
    expect(await world.controls.log.lag()).toEqual([3_000])
    isAway = false
    await world.environment.advance(60_000)
    expect(textsOf(fed)).toEqual(sent)
    expect(commands.every((one) => world.answerTo(one) !== undefined)).toBe(true)
    expect(await world.controls.log.lag()).toEqual([0])
  })

  it('R8: a batch is committed when its last piece is taken, and one without messages behind it', async () => {
    const offered: number[] = []
    let allowed = 1
    const { world, fed } = await fedWorld((feed) => ({
      async publish(messages) {
        offered.push(messages.length)
        if (offered.length > allowed) throw new Error('not now')
        await feed.publish(messages)
      },
    }))
    const sent = Array.from({ length: 60 }, (_, i) => `${i} ${'x'.repeat(8_000)}`)
    const [first] = await world.submit(...sent.map((text) => send(text)))
    await world.submit(
      command({ kind: 'reaction.add', emoji: '👍', target: targetOf(first?.result) }),
    )
    await world.environment.advance(2 * LAG_MS)
    expect(fed.length).toBeGreaterThan(0)
    expect(fed.length).toBeLessThan(sent.length)
    expect(await committed(world)).toBe(0)
    allowed = Number.POSITIVE_INFINITY
    await world.environment.advance(60_000)
    expect(textsOf(fed)).toEqual(sent)
    expect(await committed(world)).toBe(sent.length + 1)
  })
})
