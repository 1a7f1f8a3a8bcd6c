import { describe, expect, it } from 'vitest'
import type { Message, MessageChange } from '../../src/channel/items.js'
import { CHANGES_MAX, noChanges, withChange, withChanges } from '../../src/timeline/changes.js'
import { fold } from '../../src/timeline/fold.js'

const message: Message = {
  kind: 'message',
  key: 'bob c1',
  status: 'sent',
  channelId: 'general',
  epoch: 1,
  channelSeq: 5,
  messageId: 'm5',
  userId: 'bob',
  clientMsgId: 'c1',
  sentAt: 1,
  text: 'Hello',
  metadata: { mood: 'fine' },
  reactions: [],
  deleted: false,
  rev: 5,
}

const change = (fields: object): MessageChange =>
  ({ channelSeq: 6, targetMessageId: 'm5', userId: 'carol', ...fields }) as MessageChange
const edited = (channelSeq: number, text?: string) =>
  change({ kind: 'message.edited', channelSeq, text })
const reacted = (channelSeq: number, userId: string, emoji = '👍') =>
  change({ kind: 'reaction.added', channelSeq, userId, emoji })

describe('folding an event into a message', () => {
  it('takes the text of an edit and its number', () => {
    expect(fold(message, edited(6, 'Hi'))).toEqual({ ...message, text: 'Hi', editedSeq: 6, rev: 6 })
  })

  it('R14, [P-52]: changes nothing at or below rev', () => {
    const read = { ...message, rev: 8 }
    expect(fold(read, edited(8, 'old'))).toBe(read)
    expect(fold(read, edited(9, 'new')).text).toBe('new')
  })

  it('changes no other message', () => {
    const other = { ...message, messageId: 'm6' }
    expect(fold(other, edited(6, 'Hi'))).toBe(other)
  })

  it('keeps the text when an edit lost its own to a delete that follows', () => {
    expect(fold(message, edited(6))).toMatchObject({ text: 'Hello', editedSeq: 6 })
  })

  it('R5, [P-53]: leaves nothing of a deleted message, and a delete is for ever', () => {
    const liked = fold(message, reacted(6, 'carol'))
    const gone = fold(liked, change({ kind: 'message.deleted', channelSeq: 7 }))
    expect(gone).toMatchObject({ deleted: true, deletedSeq: 7, text: '', reactions: [] })
    expect(gone).not.toHaveProperty('metadata')
    expect(fold(gone, edited(8, 'back'))).toBe(gone)
  })

  it('counts reactions by emoji as a set of users', () => {
    let m = fold(message, reacted(6, 'carol'))
    m = fold(m, reacted(7, 'dave'))
    m = fold(m, reacted(8, 'dave'))
    m = fold(m, reacted(9, 'dave', '🎉'))
    expect(m.reactions).toEqual([
      { emoji: '👍', count: 2, userIds: ['carol', 'dave'] },
      { emoji: '🎉', count: 1, userIds: ['dave'] },
    ])
    m = fold(m, change({ kind: 'reaction.removed', channelSeq: 10, userId: 'dave', emoji: '🎉' }))
    m = fold(m, change({ kind: 'reaction.removed', channelSeq: 11, userId: 'dave', emoji: '👍' }))
    expect(m.reactions).toEqual([{ emoji: '👍', count: 1, userIds: ['carol'] }])
  })

  it('keeps a count that is higher than the users it names', () => {
    const many = { ...message, reactions: [{ emoji: '👍', count: 300, userIds: ['carol'] }] }
    expect(fold(many, reacted(6, 'dave')).reactions[0]).toMatchObject({ count: 301 })
  })

  it('counts replies', () => {
    const reply = {
      ...message,
      channelSeq: 6,
      messageId: 'm6',
      replyTo: { seq: 5, messageId: 'm5' },
    }
    expect(fold(message, reply)).toMatchObject({ replyCount: 1, rev: 6, text: 'Hello' })
  })
})

describe('the kept list of changes', () => {
  it('R14: applies what was seen to a message that comes later, and only above its rev', () => {
    const changes = [edited(6, 'a'), edited(7, 'b')].reduce(withChange, noChanges)
    expect(withChanges(changes, message).text).toBe('b')
    expect(withChanges(changes, { ...message, rev: 7, text: 'as read' }).text).toBe('as read')
  })

  it('keeps nothing of events that change no message', () => {
    expect(withChange(noChanges, message)).toBe(noChanges)
  })

  it('R14, I7, [P-80]: is bounded and says which number it dropped last', () => {
    let changes = noChanges
    for (let seq = 6; seq < 6 + CHANGES_MAX; seq += 1)
      changes = withChange(changes, edited(seq, ''))
    expect(changes.droppedSeq).toBe(0)
    changes = withChange(withChange(changes, edited(900, '')), edited(901, ''))
    expect(changes.kept).toHaveLength(CHANGES_MAX)
    expect(changes.droppedSeq).toBe(7)
  })
})
