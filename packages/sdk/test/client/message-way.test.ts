import { describe, expect, it } from 'vitest'
import { testEntry } from '../../src/testing/frames.js'
import { over, setUp } from './set-up.js'

describe('a client and its server', () => {
  it('sends: pending in the timeline at once, durable in the end, and the same item all along', async () => {
    const { world, open } = setUp()
    const { client } = open()
    const general = client.channel('general')
    general.timeline.subscribe(() => {})
    await over(world, general.ready())
    const sending = general.send('Hello')
    expect(sending.message).toMatchObject({ text: 'Hello', status: 'pending' })
    const [echo] = general.timeline.getSnapshot().items
    expect(echo).toMatchObject({ text: 'Hello', status: 'pending' })
    const sent = await over(world, sending)
    expect(sent).toMatchObject({ channelSeq: 1, messageId: 'id 1', deduplicated: false })
    await world.advance(10)
    const { items } = general.timeline.getSnapshot()
    expect(items).toMatchObject([{ text: 'Hello', status: 'sent', channelSeq: 1, key: echo?.key }])
    await client.close()
  })

  it('shows what others say, each once and in order, over a cut line', async () => {
    const { world, server, open } = setUp()
    const { client } = open()
    const texts: string[] = []
    const general = client.channel('general')
    general.on('message', ({ text }) => texts.push(text))
    await over(world, general.ready())
    server.say('one')
    await world.advance(10)
    server.connections[0]?.cut()
    server.say('two')
    server.say('three')
    await world.runUntil(() => texts.length === 3)
    server.say('four')
    await world.advance(10)
    expect(texts).toEqual(['one', 'two', 'three', 'four'])
    const hello = world.lastSocket().received[0]
    expect(hello?.last_seq_map).toEqual({ general: 1 })
    await client.close()
  })

  it('sends again with the same id when the ack was lost, and it arrives once', async () => {
    const { world, server, open } = setUp()
    const { client } = open()
    const general = client.channel('general')
    await over(world, general.ready())
    let lost = false
    server.before = ({ type }, socket) => {
      if (type !== 'message.send' || lost) return false
      lost = true
      server.say('x', 'carol')
      world.clock.setTimer(() => socket.cut(), 0)
      return false
    }
    const sending = general.send('Hello')
    const sent = await over(world, sending)
    expect(sent).toMatchObject({ channelSeq: 2, deduplicated: true })
    expect(server.arrivals.get(sending.clientMsgId)).toBe(2)
    expect(server.events.filter(({ user_id }) => user_id === 'alice')).toHaveLength(1)
    await client.close()
  })

  it('keeps what was typed offline over a reload, and sends it in order', async () => {
    const { world, server, open } = setUp()
    server.stop()
    const before = open({ userId: 'alice' })
    const general = before.client.channel('general')
    for (const text of ['one', 'two', 'three']) void general.send(text)
    await world.advance(5_000)
    expect(before.client.outbox.list()).toHaveLength(3)
    before.page.kill()

    const after = open({ userId: 'alice' })
    await world.advance(100)
    expect(after.client.outbox.list()).toHaveLength(3)
    server.start()
    await over(world, after.client.drain({ timeoutMs: 120_000 }))
    expect(server.events.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
    await after.client.close()
  })

  it('edits, deletes and reacts by a message or the result of a send', async () => {
    const { world, server, open } = setUp()
    const { client } = open()
    const general = client.channel('general')
    general.timeline.subscribe(() => {})
    await over(world, general.ready())
    const sent = await over(world, general.send('Helo'))
    await over(world, general.edit(sent, 'Hello'))
    await over(world, general.react(sent, '👍'))
    server.say('hi')
    await world.advance(10)
    expect(general.timeline.getSnapshot().items).toMatchObject([
      { text: 'Hello', reactions: [{ emoji: '👍', count: 1, userIds: ['alice'] }] },
      { text: 'hi' },
    ])
    await over(world, general.delete(sent))
    await world.advance(10)
    expect(general.timeline.getSnapshot().items[0]).toMatchObject({ deleted: true, text: '' })
    await client.close()
  })

  it('reads history and events over the socket', async () => {
    const { world, server, open } = setUp()
    for (let i = 1; i <= 120; i++) server.say(`${i}`)
    const { client } = open()
    const general = client.channel('general')
    const page = await over(world, general.history({ limit: 50 }))
    expect(page.items.map(({ text }) => text).at(-1)).toBe('120')
    expect(page).toMatchObject({ oldestSeq: 71, newestSeq: 120, hasNext: true })
    const next = await over(world, page.next())
    expect(next?.newestSeq).toBe(70)
    const seqs: number[] = []
    const read = async (): Promise<void> => {
      for await (const event of general.events({ after: page.newestSeq })) {
        if (event.kind === 'message') seqs.push(event.channelSeq)
        if (seqs.length === 2) break
      }
    }
    const reading = read()
    await world.advance(100)
    server.say('121')
    server.say('122')
    await over(world, reading)
    expect(seqs).toEqual([121, 122])
    await client.close()
  })

  it('lists the channels, and tells of those that come and go', async () => {
    const { world, server, open } = setUp()
    const { client } = open()
    const log: string[] = []
    client.channels.on('added', ({ channel }) => log.push(`added ${channel.id}`))
    client.channels.on('removed', ({ channel, reason }) => log.push(`${reason} ${channel.id}`))
    const list = async (): Promise<string[]> => {
      const ids: string[] = []
      for await (const channel of client.channels.list()) ids.push(channel.id)
      return ids
    }
    expect(await over(world, list())).toEqual(['general'])
    const [socket] = server.connections
    socket?.send({ type: 'channel.added', channel: testEntry({ channel_id: 'new' }) })
    socket?.send({ type: 'channel.removed', channel_id: 'new', last_seq: 0, reason: 'kicked' })
    await world.advance(10)
    expect(log).toEqual(['added new', 'kicked new'])
    expect(client.channel('new')).toBe(client.channel('new'))
    await client.close()
  })
})
