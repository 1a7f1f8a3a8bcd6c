import type { Gap, LocalMessage, Message, TimelineItem } from '@tidings/sdk'
import { describe, expect, it } from 'vitest'
import { countAbove, newestSeqOf, type Row, readMarkOf, rowsOf } from './rows.ts'

const noon = new Date(2026, 2, 3, 12).getTime()
const minute = 60_000

function message(channelSeq: number, userId: string, sentAt = noon): Message {
  return {
    kind: 'message',
    key: `m${channelSeq}`,
    status: 'sent',
    channelId: 'general',
    clientMsgId: `c${channelSeq}`,
    epoch: 1,
    channelSeq,
    messageId: `id${channelSeq}`,
    messageCount: channelSeq,
    userId,
    sentAt,
    text: 'hello',
    reactions: [],
    deleted: false,
    rev: channelSeq,
  }
}

const local = (key: string): LocalMessage => ({
  kind: 'message',
  key,
  status: 'pending',
  channelId: 'general',
  clientMsgId: key,
  userId: 'ada',
  sentAt: noon,
  text: 'soon',
  reactions: [],
  deleted: false,
})

const gap = { kind: 'gap', key: 'gap 2', fromSeq: 2, toSeq: 9, reason: 'skipped' } as Gap

const kinds = (items: readonly TimelineItem[], readSeq?: number): string[] =>
  rowsOf(items, { userId: 'ada', readSeq }).map(({ kind }) => kind)

const groups = (rows: readonly Row[]): boolean[] =>
  rows.flatMap((row) => (row.kind === 'message' ? [row.startsGroup] : []))

describe('the rows of a timeline', () => {
  it('put a separator above the first message of each day', () => {
    const items = [message(1, 'ada'), message(2, 'ada'), message(3, 'ada', noon + 24 * 60 * minute)]
    expect(kinds(items)).toEqual(['day', 'message', 'message', 'day', 'message'])
  })

  it('group what one author says without a pause', () => {
    const items = [
      message(1, 'ada'),
      message(2, 'ada', noon + minute),
      message(3, 'grace', noon + minute),
      message(4, 'ada', noon + minute),
      message(5, 'ada', noon + 30 * minute),
    ]
    expect(groups(rowsOf(items, { userId: 'ada' }))).toEqual([true, false, true, true, true])
  })

  it('draw the line above the first unread message of somebody else', () => {
    const items = [message(1, 'grace'), message(2, 'ada'), message(3, 'grace'), message(4, 'grace')]
    expect(kinds(items, 1)).toEqual(['day', 'message', 'message', 'new', 'message', 'message'])
  })

  it('draw no line when nothing is unread, or when nothing was ever read here', () => {
    const items = [message(1, 'grace'), message(2, 'grace')]
    expect(kinds(items, 2)).not.toContain('new')
    expect(kinds(items, undefined)).not.toContain('new')
  })

  it('show a gap where it is, and begin a group behind it', () => {
    const rows = rowsOf([message(1, 'ada'), gap, message(10, 'ada')], { userId: 'ada' })
    expect(rows.map(({ kind }) => kind)).toEqual(['day', 'message', 'gap', 'message'])
    expect(groups(rows)).toEqual([true, true])
  })

  it('count a local echo as own', () => {
    const [, , row] = rowsOf([message(1, 'grace'), local('mine')], { userId: 'ada' })
    expect(row).toMatchObject({ kind: 'message', isOwn: true, startsGroup: true })
  })
})

describe('what is new in a timeline', () => {
  it('counts the messages of others above a number', () => {
    const items = [message(1, 'grace'), message(2, 'grace'), message(3, 'ada'), message(4, 'grace')]
    expect(countAbove([...items, local('mine')], 1, 'ada')).toBe(2)
  })

  it('is read up to the newest message that is counted', () => {
    const acknowledged = { ...message(3, 'ada'), messageCount: undefined } as unknown as Message
    expect(readMarkOf([message(2, 'grace'), acknowledged, local('mine')])).toEqual({
      seq: 2,
      count: 2,
      epoch: 1,
    })
    expect(readMarkOf([local('mine')])).toBeUndefined()
  })

  it('knows the highest number that is shown', () => {
    expect(newestSeqOf([message(1, 'ada'), local('mine')])).toBe(1)
    expect(newestSeqOf([gap])).toBe(9)
    expect(newestSeqOf([])).toBe(0)
  })
})
