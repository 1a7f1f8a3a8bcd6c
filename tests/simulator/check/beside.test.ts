import type { ClientFrame, ServerFrame } from '@tidings/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import type { EventRow } from '../../../packages/server/src/stream/event.js'
import type { WriteStep } from '../../../packages/server/src/stream/write-steps.js'
import type { Line } from '../world/line.js'
import { Access } from './access.js'
import { BesideWire } from './beside-wire.js'
import { Marks } from './marks.js'
import { PulledHeads } from './pulled.js'
import { Stored } from './stored.js'
import { Violations } from './violation.js'

const BUFFER_BYTES = 1_000

let nowMs = 0
let violations: Violations
let stored: Stored
let access: Access
let marks: Marks
let wire: BesideWire
const bob = { userId: 'bob', bufferedBeforeBytes: 0 } as Line
const carl = { userId: 'carl', bufferedBeforeBytes: 0 } as Line
const eve = { userId: 'eve', bufferedBeforeBytes: 0 } as Line
const found = () => violations.list.map(({ invariant, rule }) => `${invariant} ${rule}`)

beforeEach(() => {
  nowMs = 1_000
  violations = new Violations(() => nowMs)
  stored = new Stored(violations)
  access = new Access(() => nowMs)
  marks = new Marks(stored, violations)
  wire = new BesideWire(access, marks, violations, () => nowMs, BUFFER_BYTES)
  access.joining('c', 'bob', 1)
  access.joining('c', 'carl', 1)
  stored.apply([
    {
      step: 'rows',
      channelId: 'c',
      epoch: 1,
      bucket: 0,
      effects: [],
      rows: [1, 2, 3].map(
        (seq) =>
          ({
            channelId: 'c',
            epoch: 1,
            bucket: 0,
            channelSeq: seq,
            position: { generation: 1, partition: 0, offset: seq },
            messageCount: seq,
            event: {
              type: 'message.new',
              channel_id: 'c',
              channel_seq: seq,
              message_count: seq,
              user_id: 'bob',
              client_msg_id: `m${seq}`,
              message_id: `m${seq}`,
              ts: 1,
            },
            json: '',
          }) as unknown as EventRow,
      ),
    },
  ])
})

const said = (line: Line, frame: object) => wire.received(line, frame as ClientFrame)
const told = (line: Line, frame: object) => wire.wrote(line, frame as ServerFrame)
const read = { kind: 'read', channelId: 'c', epoch: 1 } as const
const updated = { type: 'receipt.update', kind: 'read', channel_id: 'c', user_id: 'carl' }
const typed = { type: 'typing.update', channel_id: 'c', user_id: 'bob', state: 'start' }
const present = { type: 'presence.update', channel_id: 'c', user_id: 'bob', status: 'online' }

describe('receipts', () => {
  it('that were said, stored and told in this order are taken', () => {
    said(carl, { type: 'receipt.read', channel_id: 'c', seq: 2 })
    marks.raised([{ ...read, userId: 'carl', seq: 2, messageCount: 2 }])
    told(bob, { ...updated, seq: 2, message_count: 2 })
    // a message of their own counts as read
    marks.raised([{ ...read, userId: 'bob', seq: 3, messageCount: 3 }])
    expect(found()).toEqual([])
  })

  it('P-91: one that nobody moved is found, and one of a number that is not stored', () => {
    marks.raised([{ ...read, userId: 'carl', seq: 2, messageCount: 2 }])
    said(carl, { type: 'receipt.read', channel_id: 'c', seq: 9 })
    marks.raised([{ ...read, userId: 'carl', seq: 9, messageCount: 9 }])
    expect(found()).toEqual([
      'P-91 a watermark rose that nobody moved',
      'P-91 a watermark names a number that is not stored',
    ])
  })

  it('P-92: one that counts wrongly is found, and one that is told before it is stored', () => {
    said(carl, { type: 'receipt.read', channel_id: 'c', seq: 3 })
    marks.raised([{ ...read, userId: 'carl', seq: 2, messageCount: 1 }])
    told(bob, { ...updated, seq: 3, message_count: 3 })
    expect(found()).toEqual([
      'P-92 a watermark counts messages wrongly',
      'P-92 a watermark was told before it was stored',
    ])
  })

  it('P-91: one that is shown may go back once for each time that numbering started anew', () => {
    const begin = (epoch: number) =>
      stored.apply([
        {
          step: 'change',
          channelId: 'c',
          change: { kind: 'epoch', epoch, fromSeq: 1 },
        } as WriteStep,
      ])
    begin(5)
    marks.lowered('c', 'bob')
    // a second backup takes the place of the store, and of the epoch that the first one began
    stored.replace([])
    begin(6)
    marks.lowered('c', 'bob')
    expect(found()).toEqual([])
    marks.lowered('c', 'bob')
    expect(found()).toEqual(['P-91 a watermark was shown that went back'])
  })
})

describe('who is told (I8)', () => {
  it('nobody outside, of anything', () => {
    for (const frame of [
      { ...updated, user_id: 'bob', seq: 0 },
      { type: 'presence.snapshot', channel_id: 'c', users: [] },
      { type: 'receipts.page', channel_id: 'c', receipts: [] },
    ]) {
      told(eve, frame)
    }
    expect(found().filter((rule) => rule.startsWith('I8'))).toHaveLength(3)
  })

  it('P-99: only who asked, until they take it back', () => {
    said(carl, { type: 'presence.subscribe', channel_id: 'c', ref: '1' })
    told(carl, present)
    expect(found()).toEqual([])
    said(carl, { type: 'presence.unsubscribe', channel_id: 'c' })
    told(carl, present)
    expect(found()).toEqual(['P-99 presence was told to who did not ask for it'])
  })

  it('P-96: of typing only the others, and only while somebody does', () => {
    said(bob, { type: 'typing', channel_id: 'c', state: 'start' })
    told(carl, typed)
    expect(found()).toEqual([])
    told(bob, typed)
    nowMs += 60_000
    told(carl, typed)
    expect(found()).toEqual([
      'P-96 typing was told to who types',
      'P-96 typing was told of who does not type',
    ])
  })

  it('P-99: nobody is named twice, nor who left a while ago', () => {
    access.removed('c', 'bob', 3)
    const list = { type: 'presence.snapshot', channel_id: 'c' }
    told(carl, { ...list, users: [{ user_id: 'bob' }, { user_id: 'carl' }] })
    expect(found()).toEqual([])
    nowMs += 60_000
    told(carl, { ...list, users: [{ user_id: 'bob' }] })
    told(carl, { ...list, users: [{ user_id: 'carl' }, { user_id: 'carl' }] })
    expect(found()).toEqual([
      'P-99 something was told of who is no member',
      'P-99 a list names somebody twice',
    ])
  })

  it('P-101: nobody who is slow: typing goes first', () => {
    said(bob, { type: 'typing', channel_id: 'c', state: 'start' })
    marks.raised([{ ...read, userId: 'bob', seq: 3, messageCount: 3 }])
    const slow = { ...carl, bufferedBeforeBytes: BUFFER_BYTES / 3 } as Line
    told(slow, { ...updated, user_id: 'bob', seq: 3 })
    expect(found()).toEqual([])
    told(slow, typed)
    expect(found()).toEqual(['P-101 typing.update was not left out for a slow reader'])
  })
})

it('P-35: heads that come too often are found, and bodies in between are counted', () => {
  const pulled = new PulledHeads(violations, () => nowMs, 500)
  pulled.told(bob, 'c')
  nowMs += 500
  pulled.told(bob, 'c')
  pulled.live(bob, 'c')
  pulled.told(bob, 'c')
  expect(pulled.counts).toEqual({ told: 3, live_again: 1 })
  expect(found()).toEqual([])
  nowMs += 499
  pulled.told(bob, 'c')
  expect(found()).toEqual(['I7 heads are told more often than they may be'])
})
