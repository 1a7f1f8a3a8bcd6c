import { describe, expect, it } from 'vitest'
import type { Gap, Message } from '../../src/channel/items.js'
import {
  listFrom,
  trimmed,
  withBelow,
  withEvent,
  withFilled,
  withItem,
} from '../../src/timeline/list.js'

const message = (channelSeq: number): Message =>
  ({ kind: 'message', channelSeq, messageId: `m${channelSeq}`, rev: channelSeq }) as Message
const gap = (fromSeq: number, toSeq: number): Gap => ({ kind: 'gap', fromSeq, toSeq }) as Gap
const seqs = ({ items }: { items: readonly (Message | Gap)[] }) =>
  items.map((item) => (item.kind === 'gap' ? `${item.fromSeq}-${item.toSeq}` : item.channelSeq))

describe('the stored part of a timeline', () => {
  it('begins above the position and knows whether there is more below', () => {
    expect(listFrom(5, 1)).toEqual({ items: [], fromSeq: 6, hasOlder: true })
    expect(listFrom(5, 6).hasOlder).toBe(false)
    expect(listFrom(0, 1).hasOlder).toBe(false)
  })

  it('takes items at its end, none from below its beginning', () => {
    const list = withItem(withEvent(listFrom(5, 1), message(6)), gap(7, 9))
    expect(seqs(withEvent(list, message(5)))).toEqual([6, '7-9'])
  })

  it('takes a page in the place of what is below a number', () => {
    const list = [6, 7, 8].map(message).reduce(withEvent, listFrom(5, 1))
    const page = { messages: [message(2), message(4)], fromSeq: 2, hasMore: false }
    expect(seqs(withBelow(list, 6, page))).toEqual([2, 4, 6, 7, 8])
    expect(withBelow(list, 8, page)).toMatchObject({ fromSeq: 2, hasOlder: false })
    expect(seqs(withBelow(list, 8, page))).toEqual([2, 4, 8])
  })

  it('covers nothing more by a page without a range', () => {
    const page = { messages: [], fromSeq: 9, hasMore: false }
    expect(withBelow(listFrom(5, 1), 6, page)).toMatchObject({ fromSeq: 6, hasOlder: false })
  })

  it('fills only a gap that is there', () => {
    const hole = gap(7, 9)
    const list = withItem(withEvent(listFrom(5, 1), message(6)), hole)
    expect(seqs(withFilled(list, hole, [gap(7, 7), message(8)]))).toEqual([6, '7-7', 8])
    expect(withFilled(list, gap(7, 9), [])).toBe(list)
  })

  it('I7: gives up its oldest, and says so', () => {
    const list = [6, 7, 8].map(message).reduce(withEvent, listFrom(5, 6))
    expect(trimmed(list, 3)).toBe(list)
    expect(trimmed(list, 2)).toMatchObject({ fromSeq: 7, hasOlder: true })
  })
})
