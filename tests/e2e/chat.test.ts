import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type System, startSystem } from './support/system.js'
import { eventually, readable, watch } from './support/watch.js'

let system: System
beforeEach(async () => {
  system = await startSystem()
  await system.channel('general', 'alice', 'bob')
}, 120_000)
afterEach(() => system.end(), 120_000)

describe('two users', { timeout: 120_000 }, () => {
  it('I2, I9: say things at the same time and see the same, each once, in one order', async () => {
    const alice = system.device('alice').client.channel('general')
    const bob = system.device('bob').client.channel('general')
    const [seenByAlice, seenByBob] = [watch(alice), watch(bob)]
    await Promise.all([alice.ready(), bob.ready()])
    const said = await Promise.all(
      Array.from({ length: 60 }, (_, i) => (i % 2 ? alice : bob).send(`message ${i}`)),
    )
    await eventually(() => expect(seenByBob.messages).toHaveLength(60))
    await eventually(() => expect(seenByAlice.messages).toHaveLength(60))
    expect(seenByAlice.texts()).toEqual(seenByBob.texts())
    const seqs = seenByBob.messages.map(({ channelSeq }) => channelSeq)
    expect(seqs).toEqual(Array.from({ length: 60 }, (_, i) => i + (seqs[0] ?? 0)))
    expect(new Set(said.map(({ channelSeq }) => channelSeq))).toEqual(new Set(seqs))
    // of one sender, in the order of sending
    const ofAlice = seenByBob.messages.filter(({ userId }) => userId === 'alice')
    expect(ofAlice.map(({ text }) => text)).toEqual(
      Array.from({ length: 30 }, (_, i) => `message ${2 * i + 1}`),
    )
  })

  it('edit, delete, react and reply, and both read the same', async () => {
    const alice = system.device('alice').client.channel('general')
    const bob = system.device('bob').client.channel('general')
    const stops = [alice, bob].map((channel) => channel.timeline.subscribe(() => undefined))
    const question = await alice.send('Tee or coffee?')
    const mistake = await bob.send('Neither nor')
    await alice.edit(question, 'Tea or coffee?')
    await bob.delete(mistake)
    await bob.react(question, '🍵')
    await alice.react(question, '🍵')
    await alice.react(question, '☕')
    await alice.unreact(question, '☕')
    await bob.send({ text: 'Tea!', replyTo: question })
    const expected = ['alice: Tea or coffee? (edited) [🍵2]', 'bob: (deleted)', 'bob: Tea!']
    for (const channel of [alice, bob]) {
      await eventually(() => expect(readable(channel)).toEqual(expected))
    }
    // and so does who comes later
    await system.platform.channels.putMember('general', 'carol')
    const carol = system.device('carol').client.channel('general')
    stops.push(carol.timeline.subscribe(() => undefined))
    await eventually(() => expect(readable(carol)).toEqual(expected))
    for (const stop of stops) stop()
  })

  it('meet in a direct channel, whoever opens it', async () => {
    const opened = await system.as('alice').channels.direct('home', { userId: 'bob' })
    const found = await system.as('bob').channels.direct('home', { userId: 'alice' })
    expect(found.channelId).toBe(opened.channelId)
    const alice = system.device('alice').client.channel(opened.channelId)
    const bob = system.device('bob').client
    const seen = watch(bob.channel(opened.channelId))
    await Promise.all([alice.ready(), bob.channel(opened.channelId).ready()])
    await alice.send('only for you')
    await eventually(() => expect(seen.texts()).toEqual(['only for you']))
    expect(bob.channel(opened.channelId).info).toMatchObject({
      kind: 'direct',
      userIds: ['alice', 'bob'],
    })
  })

  it('and a back end: what is sent over REST is there at once, once for each clientMsgId', async () => {
    const bob = system.device('bob').client.channel('general')
    const seen = watch(bob)
    await bob.ready()
    const options = { userId: 'alice', clientMsgId: 'from-the-back-end' }
    const first = await system.platform.messages.send('general', 'by a back end', options)
    const again = await system.platform.messages.send('general', 'by a back end', options)
    expect(again).toEqual({ ...first, deduplicated: true })
    await eventually(() => expect(seen.texts()).toEqual(['by a back end']))
    expect(seen.messages[0]).toMatchObject({ userId: 'alice', channelSeq: first.channelSeq })
  })

  it('on two devices each: everything is on all of them', async () => {
    const devices = ['alice', 'alice', 'bob', 'bob'].map((userId) => system.device(userId).client)
    const shown = devices.map((client) => watch(client.channel('general')))
    await Promise.all(devices.map((client) => client.channel('general').ready()))
    await Promise.all(
      devices.map((client, i) => client.channel('general').send(`from device ${i}`)),
    )
    for (const { messages } of shown) await eventually(() => expect(messages).toHaveLength(4))
    expect(new Set(shown.map(({ texts }) => texts().join())).size).toBe(1)
    // one user's own send is read by them, on every device
    await eventually(() =>
      expect(devices.map((client) => client.channel('general').info?.headSeq)).toEqual([
        6, 6, 6, 6,
      ]),
    )
  })
})
