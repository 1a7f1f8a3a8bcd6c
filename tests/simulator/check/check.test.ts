import type { ChannelEvents, ClientFrames, ServerFrames } from '@tidings/protocol'
import { beforeEach, describe, expect, it } from 'vitest'
import type { EventRow } from '../../../packages/server/src/stream/event.js'
import type { WriteStep } from '../../../packages/server/src/stream/write-steps.js'
import { Access } from './access.js'
import { rolesOf } from './memberships.js'
import { checkPage } from './pages.js'
import { Stored } from './stored.js'
import { Violations } from './violation.js'

let violations: Violations
let stored: Stored
beforeEach(() => {
  violations = new Violations(() => 0)
  stored = new Stored(violations)
})
const found = () => violations.list.map(({ invariant, rule }) => `${invariant} ${rule}`)

type Message = ChannelEvents['message.new']

const message = (seq: number, more: Partial<Message> = {}): Message => ({
  type: 'message.new',
  channel_id: 'c',
  channel_seq: seq,
  message_count: seq,
  user_id: 'u',
  client_msg_id: `m${seq}`,
  message_id: `id${seq}`,
  ts: 1,
  text: `text ${seq}`,
  ...more,
})

function rows(events: readonly { channel_seq: number }[], generation = 1): WriteStep {
  return {
    step: 'rows',
    channelId: 'c',
    epoch: 1,
    bucket: 0,
    effects: [],
    rows: events.map(
      (event) =>
        ({
          channelId: 'c',
          epoch: 1,
          bucket: 0,
          channelSeq: event.channel_seq,
          position: { generation, partition: 0, offset: event.channel_seq },
          messageCount: 1,
          event,
          json: '',
        }) as unknown as EventRow,
    ),
  }
}

describe('what is written', () => {
  it('may be written again, the same', () => {
    stored.apply([rows([message(1), message(2)])])
    expect(stored.apply([rows([message(1), message(2)])])).toBe(2)
    expect(found()).toEqual([])
  })

  it('I2: two events at one number are found, also when only the place differs', () => {
    stored.apply([rows([message(1)])])
    stored.apply([rows([message(1)], 2)])
    expect(found()).toEqual(['I2 two events were written at one number'])
  })

  it('I3: one command at two numbers is found', () => {
    stored.apply([rows([message(1), message(2, { client_msg_id: 'm1' })])])
    expect(found()).toEqual(['I3 one command took two numbers'])
  })

  it('I4: a number without the one below it is found', () => {
    stored.apply([rows([message(2)])])
    expect(found()).toEqual(['I4 a number was written before the one below it'])
  })

  it('I2: one id for two messages is found', () => {
    stored.apply([rows([message(1), message(2, { message_id: 'id1' })])])
    expect(found()).toEqual(['I2 two messages have one id'])
  })

  it('I2: a number that means something else in a restored store is found', () => {
    stored.apply([rows([message(1), message(2)])])
    stored.replace([rows([message(1)])])
    stored.apply([rows([message(2, { client_msg_id: 'other', message_id: 'other' })])])
    expect(found()).toEqual(['I2 a number of an epoch was given to two events'])
  })

  it('R10: above the start of a later epoch an older one is void', () => {
    stored.apply([rows([message(1), message(2)])])
    const channel = stored.channel('c')
    channel.raise(5, 1)
    expect(channel.at(1)?.epoch).toBe(1)
    expect(channel.at(2)).toBeUndefined()
    expect(channel.head).toBe(1)
  })
})

describe('a page (I6)', () => {
  const edit = {
    type: 'message.edited' as const,
    channel_id: 'c',
    channel_seq: 4,
    message_count: 3,
    user_id: 'u',
    client_msg_id: 'm4',
    ts: 1,
    target_seq: 2,
    target_message_id: 'id2',
    text: 'new',
  }
  const edited = message(2, { text: 'new', edited_seq: 4, rev: 4 })
  const request = {
    type: 'backfill.request',
    ref: '1',
    channel_id: 'c',
    direction: 'forward',
    after_seq: 1,
    limit: 10,
  } as ClientFrames['backfill.request']
  const page = {
    type: 'message.backfill',
    ref: '1',
    channel_id: 'c',
    from_seq: 2,
    to_seq: 4,
    as_of_seq: 4,
    head_seq: 4,
    oldest_seq: 1,
    messages: [edited, message(3), edit],
    has_more: false,
  } as ServerFrames['message.backfill']
  const check = (more: object, asked: object = {}) => {
    checkPage({ ...request, ...asked }, { ...page, ...more }, stored, violations, 1)
    return found()
  }
  beforeEach(() => {
    stored.apply([rows([message(1), message(2), message(3), edit])])
  })

  it('that is right is taken', () => {
    expect(check({})).toEqual([])
  })

  const another = message(2, { client_msg_id: 'x', rev: 4, text: 'new' })
  it.each([
    [
      'begins too late',
      { from_seq: 3, messages: [message(3), edit] },
      'a page does not begin where it was asked',
    ],
    ['leaves something out', { messages: [edited, edit] }, 'a page leaves an event out'],
    [
      'holds what it does not cover',
      { to_seq: 3, has_more: true },
      'a page holds events outside of what it covers',
    ],
    [
      'says that nothing follows',
      { to_seq: 3, messages: [edited, message(3)] },
      'a page is wrong about whether more follows',
    ],
    [
      'states a head below its own',
      { head_seq: 3 },
      'a page states a head below what it was read at',
    ],
    [
      'holds something else',
      { messages: [another, message(3), edit] },
      'a page holds another event than is stored',
    ],
    [
      'is older than it says',
      { messages: [message(2), message(3), edit] },
      'a page shows a message as it was before the page was read',
    ],
  ])('that %s is found', (_, more, rule) => {
    expect(check(more)).toContain(`I6 ${rule}`)
  })

  it('that shows another text than it had is found (I5)', () => {
    const old = message(2, { rev: 4, edited_seq: 4, text: 'old' })
    expect(check({ messages: [old, message(3), edit] })).toEqual([
      'I5 a page shows a message wrongly',
    ])
  })

  it('that is older than was asked for is found (R14)', () => {
    const older = { as_of_seq: 3, to_seq: 3, messages: [message(2), message(3)] }
    expect(check(older, { min_as_of_seq: 4 })).toContain('I6 a page is older than was asked for')
  })
})

describe('who is in a channel (R15)', () => {
  const of = (seq: number, event: object): Message =>
    ({ ...message(seq), message_count: 0, ...event }) as unknown as Message

  it('is what joins, leaves and changes of roles make of who was there before', () => {
    stored.apply([
      rows([
        of(1, { type: 'member.joined', user_id: 'bob', role: 'member' }),
        of(2, { type: 'member.joined', user_id: 'carl', role: 'member' }),
        of(3, { type: 'member.left', user_id: 'carl', reason: 'left' }),
        of(4, { type: 'channel.updated', member: { user_id: 'bob', role: 'admin' } }),
        of(5, { type: 'channel.updated', name: 'new' }),
      ]),
    ])
    const roles = rolesOf(stored.channel('c'), new Map([['ada', 'owner']]))
    expect([...roles]).toEqual([
      ['ada', 'owner'],
      ['bob', 'admin'],
    ])
  })
})

describe('who may see what (I8)', () => {
  it('is everything for a member, and nothing above the end once that was acknowledged', () => {
    const access = new Access()
    expect(access.of('c', 'u').status).toBe('out')
    access.joining('c', 'u', 1)
    expect(access.of('c', 'u').status).toBe('member')
    access.removed('c', 'u', 7)
    expect(access.of('c', 'u')).toMatchObject({ status: 'out', lastSeq: 7 })
    access.joining('c', 'u', 20)
    expect(access.of('c', 'u')).toMatchObject({ status: 'member', visibleFrom: 20 })
  })

  it('is what a removal brought with it, in the turn in which it was acknowledged and no later', () => {
    let nowMs = 1_000
    const access = new Access(() => nowMs)
    access.joining('c', 'u', 1)
    access.removed('c', 'u', 7)
    expect([7, 8, undefined].map((seq) => access.mayKnow('c', 'u', seq))).toEqual([
      true,
      false,
      false,
    ])
    nowMs += 1
    expect(access.mayKnow('c', 'u', 7)).toBe(false)
    expect(access.mayKnow('c', 'never in', 0)).toBe(false)
  })
})
