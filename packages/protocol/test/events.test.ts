import { describe, expect, it } from 'vitest'
import { type Envelope, LIMITS } from '../src/index.js'
import { parseServerFrame } from '../src/schemas.js'

const event = {
  channel_id: 'general',
  channel_seq: 5,
  message_count: 3,
  user_id: 'alice',
  client_msg_id: 'm5',
  ts: 1,
}
const message = { type: 'message.new', ...event, message_id: '50', text: 'hello' }
const tombstone = { type: 'message.new', ...event, message_id: '50', rev: 9, deleted_seq: 9 }
const valid = (frame: Envelope): boolean => parseServerFrame(frame).ok

describe('a served message', () => {
  it('is a tombstone without content, or has a text', () => {
    const { text: _, ...bare } = message
    expect([valid(message), valid(tombstone), valid(bare)]).toEqual([true, true, false])
    for (const content of [
      { text: '' },
      { attachments: [] },
      { metadata: {} },
      { reactions: [] },
    ]) {
      expect(valid({ ...tombstone, ...content })).toBe(false)
    }
    expect(valid({ ...tombstone, reply_to: { seq: 1, message_id: '1' }, reply_count: 2 })).toBe(
      true,
    )
  })

  it('[P-54] has a rev that no edit or delete in it exceeds', () => {
    expect(valid({ ...message, rev: 5 })).toBe(true)
    expect(valid({ ...message, rev: 4 })).toBe(false)
    expect(valid({ ...message, rev: 8, edited_seq: 8 })).toBe(true)
    expect(valid({ ...message, rev: 7, edited_seq: 8 })).toBe(false)
    expect(valid({ ...message, edited_seq: 8 })).toBe(false)
    expect(valid({ ...message, rev: 8, edited_seq: 5 })).toBe(false)
    expect(valid({ ...tombstone, rev: 8 })).toBe(false)
    expect(valid({ ...tombstone, edited_seq: 7 })).toBe(true)
  })

  it('sums up a bounded number of emoji and names a bounded number of users', () => {
    const summary = (emoji: string, users: number) => ({
      emoji,
      count: 1_000,
      user_ids: Array.from({ length: users }, (_, n) => `u${n}`),
    })
    const emojis = (count: number) => Array.from({ length: count }, (_, n) => summary(`e${n}`, 0))
    const { reactionEmojiMax, reactionUserIdsMax } = LIMITS
    expect(valid({ ...message, reactions: emojis(reactionEmojiMax) })).toBe(true)
    expect(valid({ ...message, reactions: emojis(reactionEmojiMax + 1) })).toBe(false)
    expect(valid({ ...message, reactions: [summary('+', reactionUserIdsMax)] })).toBe(true)
    expect(valid({ ...message, reactions: [summary('+', reactionUserIdsMax + 1)] })).toBe(false)
  })
})

it.each(['message.edited', 'message.deleted'])('[P-54] %s names an earlier number', (type) => {
  const change = { type, ...event, target_message_id: '1' }
  expect(valid({ ...change, target_seq: 4 })).toBe(true)
  for (const target_seq of [5, 6, 0]) expect(valid({ ...change, target_seq })).toBe(false)
})

it('an ack has a number exactly when the command was no change of nothing', () => {
  const ack = {
    type: 'message.ack',
    client_msg_id: 'm',
    channel_id: 'c',
    message_id: '1',
    ts: 1,
    deduplicated: false,
  }
  expect(valid({ ...ack, channel_seq: 1 })).toBe(true)
  expect(valid({ ...ack, noop: true })).toBe(true)
  expect(valid(ack)).toBe(false)
  expect(valid({ ...ack, channel_seq: 1, noop: true })).toBe(false)
})
