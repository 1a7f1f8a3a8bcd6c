import { describe, expect, it } from 'vitest'
import { check } from './checker.js'
import type { Line, Row } from './history.js'

const row = (seq: number, id = `m${seq}`): Row => ({
  channel: 'c',
  epoch: 1,
  seq,
  userId: 'ada',
  clientMsgId: id,
  messageId: `id-${id}`,
  text: `text ${id}`,
})
const sent = (id: string): Line => ({
  kind: 'sent',
  at: 0,
  client: 'ada/1',
  channel: 'c',
  clientMsgId: id,
  text: `text ${id}`,
})
const acked = (seq: number, id = `m${seq}`): Line => ({
  kind: 'acked',
  at: 0,
  client: 'ada/1',
  channel: 'c',
  clientMsgId: id,
  seq,
  messageId: `id-${id}`,
})
const shown = (seq: number, id = `m${seq}`): Line => {
  const { userId, clientMsgId, messageId, text } = row(seq, id)
  return {
    kind: 'shown',
    client: 'bob/1',
    channel: 'c',
    epoch: 1,
    seq,
    userId,
    clientMsgId,
    messageId,
    text,
  }
}
const rows = [row(1), row(2), row(3)]
const good: Line[] = [
  sent('m1'),
  sent('m2'),
  sent('m3'),
  acked(1),
  acked(2),
  acked(3),
  shown(1),
  shown(2),
  shown(3),
]
const kinds = (...args: Parameters<typeof check>) => check(...args).map(({ what }) => what)

describe('the checker', () => {
  it('finds nothing in a history without fault', () => {
    expect(check(rows, good)).toEqual([])
  })
  it('finds an acknowledged message that is not stored', () => {
    expect(kinds(rows.slice(0, 2), good)).toContain('lost')
  })
  it('finds a hole in the store', () => {
    expect(kinds([row(1), row(3)], [])).toEqual(['lost'])
  })
  it('finds a number that is stored twice', () => {
    expect(kinds([...rows, row(3, 'other')], [])).toContain('duplicate')
  })
  it('finds a command that is stored twice', () => {
    expect(kinds([...rows, row(4, 'm1')], good.slice(0, 6))).toContain('duplicate')
  })
  it('finds an ack that names the place of another message', () => {
    expect(kinds(rows, [sent('m1'), acked(2, 'm1')])).toEqual(['order'])
  })
  it('finds a text that was changed on the way', () => {
    expect(kinds([{ ...row(1), text: 'other' }], [sent('m1'), acked(1)])).toEqual(['content'])
  })
  it('finds what was shown twice', () => {
    expect(kinds(rows, [...good, shown(3)])).toEqual(['duplicate'])
  })
  it('finds what was shown out of order', () => {
    expect(kinds(rows, [shown(1), shown(3), shown(2)])).toEqual(['order'])
  })
  it('finds what was never shown, unless a gap said so', () => {
    const hole = [shown(1), shown(3)]
    expect(kinds(rows, hole)).toEqual(['missing'])
    expect(
      check(rows, [...hole, { kind: 'gap', client: 'bob/1', channel: 'c', from: 2, to: 2 }]),
    ).toEqual([])
  })
  it('finds a message that was shown at the number of another', () => {
    expect(kinds(rows, [shown(1), shown(2, 'm3'), shown(3)])).toContain('order')
  })
  it('finds a send that was rejected', () => {
    expect(
      kinds(rows, [{ kind: 'rejected', client: 'ada/1', clientMsgId: 'm9', reason: 'internal' }]),
    ).toEqual(['rejected'])
  })
  it('lets numbers that are no messages go unshown', () => {
    expect(check([{ ...row(1), other: true }, row(2)], [shown(2)])).toEqual([])
    expect(check([row(1), { ...row(2), other: true }, row(3)], [shown(1), shown(3)])).toEqual([])
  })
})
