import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type System, startSystem } from './support/system.js'
import { eventually, watch } from './support/watch.js'

let system: System
beforeEach(async () => {
  system = await startSystem()
  await system.channel('general', 'alice', 'bob')
}, 120_000)
afterEach(() => system.end(), 120_000)

const upTo = (count: number) => Array.from({ length: count }, (_, i) => `message ${i}`)

describe('an interruption', { timeout: 180_000 }, () => {
  it('I1, I9: of a client loses it nothing: what was missed comes in order, what waited is sent once', async () => {
    const alice = system.device('alice').client.channel('general')
    const bob = system.device('bob')
    const general = bob.client.channel('general')
    const [seenByAlice, seenByBob] = [watch(alice), watch(general)]
    await Promise.all([alice.ready(), general.ready()])
    for (const text of upTo(5)) await alice.send(text)
    await eventually(() => expect(seenByBob.messages).toHaveLength(5))
    bob.line.cut()
    for (const text of upTo(130).slice(5)) await alice.send(text)
    const waiting = ['while cut 1', 'while cut 2'].map((text) => general.send(text))
    expect(bob.client.outbox.list()).toHaveLength(2)
    bob.line.mend()
    bob.client.connect()
    const sent = await Promise.all(waiting)
    expect(sent.map(({ deduplicated }) => deduplicated)).toEqual([false, false])
    const expected = [...upTo(130), 'while cut 1', 'while cut 2']
    await eventually(() => expect(seenByBob.texts()).toEqual(expected))
    await eventually(() => expect(seenByAlice.texts()).toEqual(expected))
    expect(seenByBob.gaps).toEqual([])
  })

  it('I1, I3: of the server loses nobody anything, and doubles nothing', async () => {
    const alice = system.device('alice')
    const bob = system.device('bob')
    const shown = [alice, bob].map(({ client }) => watch(client.channel('general')))
    await Promise.all([alice, bob].map(({ client }) => client.channel('general').ready()))
    const sends: Promise<unknown>[] = []
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 10; i++) sends.push(alice.client.channel('general').send(`${round} ${i}`))
      await system.stop()
      for (let i = 10; i < 15; i++) sends.push(bob.client.channel('general').send(`${round} ${i}`))
      await system.start()
      for (const { client } of [alice, bob]) client.connect()
    }
    await Promise.all(sends)
    for (const { messages } of shown) await eventually(() => expect(messages).toHaveLength(45))
    const [first, second] = shown.map(({ messages }) =>
      messages.map(({ channelSeq, clientMsgId, text }) => [channelSeq, clientMsgId, text]),
    )
    expect(first).toEqual(second)
    expect(new Set(first?.map(([, id]) => id)).size).toBe(45)
  })

  it('R10, I9: by an older backup ends with everybody seeing the same, numbers above it given anew', async () => {
    const alice = system.device('alice')
    const bob = system.device('bob')
    const shown = [alice, bob].map(({ client }) => watch(client.channel('general')))
    await Promise.all([alice, bob].map(({ client }) => client.channel('general').ready()))
    for (const text of ['one', 'two']) await alice.client.channel('general').send(text)
    const backup = await system.backup()
    for (const text of ['lost 1', 'lost 2', 'lost 3'])
      await bob.client.channel('general').send(text)
    for (const { messages } of shown) await eventually(() => expect(messages).toHaveLength(5))
    await system.stop()
    await system.restore(backup)
    await system.start()
    for (const { client } of [alice, bob]) client.connect()
    for (const { resets } of shown) await eventually(() => expect(resets).toHaveLength(1))
    expect(shown[0]?.resets).toEqual([{ epoch: expect.any(Number), fromSeq: 4 }])
    expect(shown[1]?.resets).toEqual(shown[0]?.resets)
    await bob.client.channel('general').send('three')
    for (const { texts } of shown) await eventually(() => expect(texts().at(-1)).toBe('three'))
    expect(shown[0]?.messages.at(-1)).toMatchObject({
      epoch: shown[0]?.resets[0]?.epoch,
      channelSeq: 5,
    })
    // who comes anew sees what everybody sees now
    const pages = await Promise.all(
      [alice, bob, system.device('bob')].map(({ client }) => client.channel('general').history()),
    )
    for (const { items } of pages)
      expect(items.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
  })

  it('of a token is none: it is renewed in place', async () => {
    await system.end()
    system = await startSystem({ tokenLifeMs: 2_000 })
    await system.channel('general', 'alice', 'bob')
    const alice = system.device('alice')
    const statuses: string[] = []
    alice.client.on('status', ({ current }) => statuses.push(current))
    await alice.client.channel('general').ready()
    await eventually(() => expect(alice.tokensAsked().length).toBeGreaterThanOrEqual(3))
    await alice.client.channel('general').send('still here')
    expect(statuses.filter((status) => status === 'connected')).toHaveLength(1)
    expect(alice.tokensAsked().slice(1)).toEqual(
      alice
        .tokensAsked()
        .slice(1)
        .map(() => 'refresh'),
    )
  })
})

describe('a reader that does not keep up', { timeout: 180_000 }, () => {
  it('I6, I7: is told heads instead, and when it reads again it misses nothing', async () => {
    await system.end()
    system = await startSystem({ socketBufferMaxBytes: 64 * 1024 })
    await system.channel('general', 'alice', 'bob')
    const bob = system.device('bob', { catchUp: 'all' })
    const general = bob.client.channel('general')
    const seen = watch(general)
    await general.ready()
    bob.line.hold()
    const text = 'x'.repeat(9_000)
    const count = 1_000
    for (let i = 0; i < count; i += 50) {
      const sends = Array.from({ length: 50 }, (_, n) =>
        system.platform.messages.send('general', `${i + n} ${text}`, { userId: 'alice' }),
      )
      await Promise.all(sends)
    }
    bob.line.release()
    await eventually(() => expect(seen.messages).toHaveLength(count))
    const numbers = seen.texts().map((one) => Number(one.split(' ')[0]))
    expect(new Set(numbers).size).toBe(count)
    expect(seen.gaps).toEqual([])
    await general.ready()
    expect(general.state).toBe('live')
  })
})
