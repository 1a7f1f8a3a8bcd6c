import { describe, expect, it } from 'vitest'
import { toSnake } from '../../src/channel/names.js'
import { readEvent } from '../../src/channel/read-event.js'
import { guardEvent } from '../../src/connection/guard.js'

const base = {
  channel_id: 'general',
  channel_seq: 7,
  message_count: 5,
  user_id: 'bob',
  client_msg_id: 'c7',
  ts: 1_234,
}
const read = (event: object) => {
  const guarded = guardEvent(event)
  if (!guarded) throw new Error('not an event')
  return readEvent(guarded)
}

describe('an event of the wire', () => {
  it('becomes a message in camelCase, with its own number as rev', () => {
    const event = {
      ...base,
      type: 'message.new',
      message_id: 'm7',
      text: 'Hi',
      reply_to: { seq: 3, message_id: 'm3' },
      attachments: [{ url: 'a:b', content_type: 'image/png', size_bytes: 3 }],
      metadata: { snake_case: { stays_so: 1 } },
    }
    expect(read(event)).toMatchObject({
      kind: 'message',
      status: 'sent',
      channelSeq: 7,
      epoch: 1,
      messageId: 'm7',
      clientMsgId: 'c7',
      sentAt: 1_234,
      text: 'Hi',
      replyTo: { seq: 3, messageId: 'm3' },
      attachments: [{ url: 'a:b', contentType: 'image/png', sizeBytes: 3 }],
      metadata: { snake_case: { stays_so: 1 } },
      reactions: [],
      deleted: false,
      rev: 7,
    })
  })

  it('keeps what the server folded in', () => {
    const reactions = [{ emoji: '👍', count: 2, user_ids: ['a', 'b'] }]
    const event = { ...base, type: 'message.new', message_id: 'm7', text: 'x', rev: 9, reactions }
    expect(read(event)).toMatchObject({
      rev: 9,
      reactions: [{ emoji: '👍', count: 2, userIds: ['a', 'b'] }],
    })
  })

  it('is a deleted message without text when it is a tombstone', () => {
    const event = { ...base, type: 'message.new', message_id: 'm7', rev: 9, deleted_seq: 9 }
    expect(read(event)).toMatchObject({ deleted: true, text: '', deletedSeq: 9 })
  })

  it('names its own epoch', () => {
    expect(read({ ...base, epoch: 4, type: 'message.new', message_id: 'm', text: '' }).epoch).toBe(
      4,
    )
  })

  it('keeps its wire type as its kind', () => {
    const event = {
      ...base,
      type: 'reaction.added',
      target_seq: 2,
      target_message_id: 'm2',
      emoji: 'x',
    }
    expect(read(event)).toMatchObject({
      kind: 'reaction.added',
      targetSeq: 2,
      targetMessageId: 'm2',
      userId: 'bob',
    })
  })

  it('[P-55] is hidden by its number', () => {
    const { user_id, client_msg_id, ts, ...hidden } = base
    expect(read({ ...hidden, type: 'event.hidden' })).toMatchObject({
      kind: 'hidden',
      channelSeq: 7,
    })
  })

  it.each([
    ['of a kind that only a newer server knows', { ...base, type: 'poll.opened', epoch: 2 }],
    ['that is malformed', { ...base, type: 'message.new', text: 5, epoch: 2 }],
  ])('[P-8] %s passes as unknown, with nothing but its place', (_, event) => {
    expect(read(event)).toEqual({
      kind: 'unknown',
      channelId: 'general',
      channelSeq: 7,
      epoch: 2,
      messageCount: 5,
      sentAt: undefined,
    })
  })
})

describe("the wire's names", () => {
  it('come back from those of the SDK, but for what is the application’s own', () => {
    expect(toSnake([{ contentType: 'a', metadata: { camelCase: 1 } }])).toEqual([
      { content_type: 'a', metadata: { camelCase: 1 } },
    ])
  })
})
