import { describe, expect, it } from 'vitest'
import type { LocalMessage, Message } from '../../src/channel/items.js'
import { TidingsError } from '../../src/errors.js'
import { Line } from './fake-server.js'

describe('sending', () => {
  it('gives id and local echo at once, and settles when the message is durable', async () => {
    const line = new Line()
    const channel = line.sync.channel('general')
    const sending = channel.send('Hello')
    expect(sending.clientMsgId).toBe('own1')
    expect(sending.message).toMatchObject({ status: 'pending', text: 'Hello', userId: 'alice' })
    const event = line.outbox.perform('own1')
    line.outbox.ackFor(event)
    expect(await sending).toEqual({
      channelId: 'general',
      epoch: 1,
      channelSeq: 1,
      messageId: 'message_id' in event && event.message_id,
      sentAt: 1_001,
      deduplicated: false,
    })
  })

  it('settles by its own event when the ack is lost, in a page too', async () => {
    const line = new Line()
    line.connect()
    const channel = line.sync.channel('general')
    await Promise.all([channel.ready(), line.settle()])
    const live = channel.send('a')
    line.connection.receive(line.outbox.perform('own1'))
    expect((await live).channelSeq).toBe(1)
    const paged = channel.send('b')
    line.outbox.perform('own2')
    line.connection.receive(line.channel().headFrame())
    await line.advance(100)
    expect((await paged).channelSeq).toBe(2)
  })

  it('takes nothing at all for a draft without a text, which the outbox refuses', () => {
    const line = new Line()
    void line.sync.channel('general').send(undefined as never)
    expect(line.outbox.items[0]?.command).toMatchObject({ type: 'message.send', text: undefined })
  })

  it('writes the names of the wire, but for what is the application’s own', () => {
    const line = new Line()
    void line.sync.channel('general').send({
      text: 'look',
      replyTo: { epoch: 2, channelSeq: 3, messageId: 'm3' },
      attachments: [{ url: 'a:b', contentType: 'image/png' }],
      metadata: { camelCase: true },
    })
    expect(line.outbox.items[0]?.command).toEqual({
      type: 'message.send',
      channel_id: 'general',
      epoch: 2,
      text: 'look',
      reply_to: { seq: 3, message_id: 'm3' },
      attachments: [{ url: 'a:b', content_type: 'image/png' }],
      metadata: { camelCase: true },
    })
  })

  it('changes a message by number and id, or the result of a send', async () => {
    const line = new Line()
    const channel = line.sync.channel('general')
    const message = { epoch: 1, channelSeq: 3, messageId: 'm3' } as Message
    const done = channel.edit(message, 'Hi')
    void channel.delete(message)
    void channel.react({ epoch: 2, channelSeq: 9, messageId: 'm9' }, '👍')
    void channel.unreact(message, '👍')
    const target = { channel_id: 'general', target_seq: 3, target_message_id: 'm3' }
    expect(line.outbox.items.map(({ command }) => command)).toEqual([
      { type: 'message.edit', ...target, text: 'Hi' },
      { type: 'message.delete', ...target },
      {
        type: 'reaction.add',
        channel_id: 'general',
        target_seq: 9,
        target_message_id: 'm9',
        epoch: 2,
        emoji: '👍',
      },
      { type: 'reaction.remove', ...target, emoji: '👍' },
    ])
    line.outbox.ack('own1', {
      channelId: 'general',
      epoch: 1,
      channelSeq: undefined,
      messageId: 'm3',
      sentAt: 5,
      deduplicated: true,
    })
    expect(await done).toEqual({
      channelId: 'general',
      epoch: 1,
      channelSeq: undefined,
      deduplicated: true,
    })
  })

  it('refuses a bare number, and a message without one', async () => {
    const line = new Line()
    const channel = line.sync.channel('general')
    const { message } = channel.send('not sent yet')
    for (const wrong of [3, undefined, message as LocalMessage] as never[]) {
      await expect(channel.edit(wrong, 'x')).rejects.toMatchObject({ code: 'invalid_argument' })
    }
    expect(() => channel.send({ text: 'x', replyTo: message as never })).toThrow(TidingsError)
    expect(line.outbox.items).toHaveLength(1)
  })

  it('rejects with what the server said', async () => {
    const line = new Line()
    const sending = line.sync.channel('general').send('no')
    line.outbox.park('own1', new TidingsError('forbidden', 'No.'))
    await expect(sending).rejects.toMatchObject({ code: 'forbidden', outcome: 'rejected' })
  })

  it('is no unhandled rejection when nobody waits for it', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const line = new Line()
    const channel = line.sync.channel('general')
    void channel.send('no')
    void channel.react({ epoch: 1, channelSeq: 1, messageId: 'm' }, 'x')
    line.outbox.park('own1', new TidingsError('forbidden', 'No.'))
    line.outbox.park('own2', new TidingsError('forbidden', 'No.'))
    await line.advance(10)
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})
