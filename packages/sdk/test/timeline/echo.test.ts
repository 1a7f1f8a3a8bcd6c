import { describe, expect, it } from 'vitest'
import { TidingsError } from '../../src/errors.js'
import { Line } from '../channel/fake-server.js'
import { look, withMessages } from './set-up.js'

describe('the local echo', () => {
  it('is at the end until its message is there, under the same key, never twice', async () => {
    const line = withMessages(1)
    const { timeline, shown } = await look(line)
    const channel = line.sync.channel('general')
    const { message } = channel.send('mine')
    expect(shown()).toEqual(['1', 'mine pending'])
    line.say('2')
    expect(shown()).toEqual(['1', '2', 'mine pending'])
    const echo = timeline.getSnapshot().items.at(-1)
    expect(echo).toMatchObject({ key: message.key, userId: 'alice' })
    line.connection.receive(line.outbox.perform(message.clientMsgId))
    expect(shown()).toEqual(['1', '2', 'mine'])
    expect(timeline.getSnapshot().items.at(-1)?.key).toBe(message.key)
  })

  it('stays between the ack and the event: nothing flickers', async () => {
    const line = withMessages(1)
    const { timeline, shown } = await look(line)
    void line.sync.channel('general').send('a')
    void line.sync.channel('general').send('b')
    const event = line.outbox.perform('own1')
    line.outbox.ackFor(event)
    expect(shown()).toEqual(['1', 'a', 'b pending'])
    expect(timeline.getSnapshot().items[1]).toMatchObject({ status: 'sent', channelSeq: 2 })
    line.connection.receive(event)
    expect(shown()).toEqual(['1', 'a', 'b pending'])
    expect(timeline.getSnapshot().items[1]).toMatchObject({ channelSeq: 2, messageCount: 2 })
  })

  it('stays while its event is held above a hole', async () => {
    const line = withMessages(1)
    const { shown } = await look(line)
    void line.sync.channel('general').send('mine')
    line.onPush = () => {}
    line.say('2')
    line.connection.receive(line.outbox.perform('own1'))
    expect(shown()).toEqual(['1', 'mine'])
    await line.advance(100)
    expect(shown()).toEqual(['1', '2', 'mine'])
  })

  it('is shown as failed when the server refused it, and goes when it is discarded', async () => {
    const line = withMessages(1)
    const { timeline, shown } = await look(line)
    void line.sync.channel('general').send('bad')
    line.outbox.park('own1', new TidingsError('refused', 'A bad word.'))
    expect(shown()).toEqual(['1', 'bad failed'])
    expect(timeline.getSnapshot().items[1]).toMatchObject({ error: { code: 'refused' } })
  })

  it('is there before the first connection', async () => {
    const line = new Line()
    const { shown } = await look(line)
    void line.sync.channel('general').send('offline')
    expect(shown()).toEqual(['offline pending'])
  })

  it('shows changes at once, and keeps them until their event is there', async () => {
    const line = withMessages(3)
    const { timeline, shown, item } = await look(line)
    const channel = line.sync.channel('general')
    void channel.edit(item('1') as never, '11')
    void channel.delete(item('2') as never)
    void channel.react(item('3') as never, '👍')
    expect(shown()).toEqual(['11 changing', '(deleted) changing', '3 changing'])
    expect(timeline.getSnapshot().items[2]).toMatchObject({
      reactions: [{ emoji: '👍', count: 1, userIds: ['alice'] }],
      rev: 3,
    })
    const edit = line.outbox.perform('own1')
    line.outbox.ackFor(edit)
    expect(shown()[0]).toBe('11 changing')
    line.connection.receive(edit)
    expect(shown()[0]).toBe('11')
    expect(timeline.getSnapshot().items[0]).toMatchObject({ editedSeq: 4, rev: 4 })
  })

  it('is not shown on top of its event when the ack comes later', async () => {
    const line = withMessages(1)
    const { timeline, shown, item } = await look(line)
    line.outbox.observe = () => {}
    void line.sync.channel('general').edit(item('1') as never, '11')
    void line.sync.channel('general').send('mine')
    const events = [line.outbox.perform('own1'), line.outbox.perform('own2')]
    for (const event of events) line.connection.receive(event)
    expect(shown()).toEqual(['11 changing', 'mine'])
    for (const event of events) line.outbox.ackFor(event)
    expect(shown()).toEqual(['11', 'mine'])
    expect(timeline.getSnapshot().items[1]).toMatchObject({ messageCount: 2 })
  })

  it('takes back a change that the server refused or that changed nothing', async () => {
    const line = withMessages(2)
    const { shown, item } = await look(line)
    const channel = line.sync.channel('general')
    void channel.edit(item('1') as never, '11')
    line.outbox.park('own1', new TidingsError('forbidden', 'No.'))
    expect(shown()).toEqual(['1', '2'])
    void channel.react(item('2') as never, '👍')
    line.outbox.ack('own2', {
      channelId: 'general',
      epoch: 1,
      channelSeq: undefined,
      messageId: 'x',
      sentAt: 1,
      deduplicated: false,
    })
    expect(shown()).toEqual(['1', '2'])
  })
})
