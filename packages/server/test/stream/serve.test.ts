import type { ChannelEvents } from '@tidings/protocol'
import { describe, expect, it } from 'vitest'
import type { Effect, EpochStart } from '../../src/stream/event.js'
import { foldEffects, serveEvent } from '../../src/stream/serve.js'

const message: ChannelEvents['message.new'] = {
  type: 'message.new',
  channel_id: 'c',
  channel_seq: 1,
  message_count: 1,
  user_id: 'ada',
  client_msg_id: 'c1',
  ts: 5,
  message_id: 'm1',
  text: 'first',
  attachments: [{ url: 'https://example.com/a' }],
  metadata: { a: 1 },
}
const one: readonly EpochStart[] = [{ epoch: 1, fromSeq: 0 }]

type Kind = Effect extends infer E
  ? E extends Effect
    ? Omit<E, 'target' | 'position' | 'bySeq' | 'byEpoch'>
    : never
  : never
const by = (bySeq: number, kind: Kind, byEpoch = 1): Effect =>
  ({
    ...kind,
    target: { channelId: 'c', epoch: 1, bucket: 0, channelSeq: 1 },
    position: { generation: byEpoch, partition: 0, offset: bySeq * 10 },
    bySeq,
    byEpoch,
  }) as Effect
const react = (bySeq: number, userId: string, present: boolean, emoji = '👍') =>
  by(bySeq, { kind: 'reaction', emoji, userId, present })

const serve = (effects: readonly Effect[], epochs = one) =>
  serveEvent(message, foldEffects(effects, epochs), false)

describe('content as of the read (R9)', () => {
  it('a message that nothing happened to is served as it was pushed', () => {
    expect(serve([])).toBe(message)
  })

  it('R5: the later edit wins, by position, in whatever order they are stored', () => {
    const edits = [by(4, { kind: 'edit', text: 'four' }), by(2, { kind: 'edit', text: 'two' })]
    for (const effects of [edits, edits.toReversed()]) {
      expect(serve(effects)).toMatchObject({ text: 'four', edited_seq: 4, rev: 4 })
    }
  })

  it('R9: a deleted message is a tombstone: its identity stays, its text, attachments and metadata are gone', () => {
    const effects = [
      by(2, { kind: 'edit', text: 'edited' }),
      react(3, 'bob', true),
      by(4, { kind: 'reply' }),
      by(5, { kind: 'delete' }),
    ]
    const { text: _, attachments: __, metadata: ___, ...identity } = message
    expect(serve(effects)).toEqual({ ...identity, rev: 5, deleted_seq: 5, reply_count: 1 })
  })

  it('R5: reactions are a set per user and emoji; no emoji without a user', () => {
    const effects = [
      react(2, 'bob', true),
      react(3, 'eve', true),
      react(4, 'bob', true, '🎉'),
      react(5, 'bob', false),
      react(6, 'bob', false, '🎉'),
    ]
    expect(serve(effects)).toMatchObject({
      rev: 6,
      reactions: [{ emoji: '👍', count: 1, user_ids: ['eve'] }],
    })
  })

  it('names at most 20 users of an emoji and counts them all', () => {
    const effects = Array.from({ length: 25 }, (_, i) => react(i + 2, `u${i}`, true))
    const served = serve(effects)
    if (served.type !== 'message.new') throw new Error('a message stays one')
    expect(served.reactions?.[0]?.count).toBe(25)
    expect(served.reactions?.[0]?.user_ids).toHaveLength(20)
  })

  it('R10: an effect of an event that a later epoch made void does not count', () => {
    const epochs = [...one, { epoch: 2, fromSeq: 3 }]
    const effects = [
      by(2, { kind: 'edit', text: 'kept' }),
      by(4, { kind: 'delete' }),
      react(5, 'bob', true),
      by(4, { kind: 'reply' }, 2),
    ]
    expect(serve(effects, epochs)).toMatchObject({ text: 'kept', rev: 4, reply_count: 1 })
    expect(serve(effects, epochs)).not.toHaveProperty('deleted_seq')
    expect(serve(effects.slice(1, 3), epochs)).toBe(message)
  })

  it('R9: an edit loses its text once its target is deleted, and nothing else', () => {
    const edit: ChannelEvents['message.edited'] = {
      type: 'message.edited',
      channel_id: 'c',
      channel_seq: 2,
      message_count: 1,
      user_id: 'ada',
      client_msg_id: 'c2',
      ts: 6,
      target_seq: 1,
      target_message_id: 'm1',
      text: 'secret',
    }
    const { text: _, ...bare } = edit
    expect(serveEvent(edit, undefined, true)).toEqual(bare)
    expect(serveEvent(edit, undefined, false)).toBe(edit)
  })
})
