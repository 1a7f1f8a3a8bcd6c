import { expect, it } from 'vitest'
import type { WriteStep } from '../../../packages/server/src/stream/write-steps.js'
import type { World } from '../run/world.js'
import type { Life } from '../world/life.js'
import { Stored } from './stored.js'
import { checkTold } from './told.js'
import { Violations } from './violation.js'

const said = (channelSeq: number, epoch = 1) => ({
  kind: 'message',
  epoch,
  channelSeq,
  userId: 'u',
  clientMsgId: `${epoch}:${channelSeq}`,
  messageId: `${epoch}:${channelSeq}`,
  sentAt: 1,
})

const row = ({
  epoch,
  channelSeq,
  userId,
  clientMsgId,
  messageId,
  sentAt,
}: ReturnType<typeof said>) => ({
  epoch,
  channelSeq,
  position: { generation: epoch, partition: 0, offset: channelSeq },
  event: {
    type: 'message.new',
    channel_id: 'c',
    channel_seq: channelSeq,
    epoch,
    user_id: userId,
    client_msg_id: clientMsgId,
    message_id: messageId,
    ts: sentAt,
  },
})

const rows = (...all: readonly ReturnType<typeof said>[]) =>
  ({ step: 'rows', channelId: 'c', rows: all.map(row) }) as unknown as WriteStep

const epochFrom = (fromSeq: number, epoch: number) =>
  ({ step: 'change', channelId: 'c', change: { kind: 'epoch', epoch, fromSeq } }) as WriteStep

const gap = (fromSeq: number, toSeq: number) => ({ kind: 'gap' as const, fromSeq, toSeq })

type Heard = ReturnType<typeof said> | ReturnType<typeof gap>

/** What is found when somebody listens, is told this, and listens anew, as often as there are lists. */
function found(...times: readonly (readonly Heard[])[]): readonly string[] {
  const violations = new Violations(() => 0)
  const stored = new Stored(violations)
  stored.apply([
    rows(said(1), said(2), said(3), said(4)),
    epochFrom(2, 5),
    rows(said(3, 5), said(4, 5)),
  ])
  const items = times.flatMap((events) => [
    { kind: 'listening' },
    ...events.map((one) =>
      'toSeq' in one
        ? { kind: 'gap', gap: { ...one, reason: 'not_visible' } }
        : { kind: 'event', event: one },
    ),
  ])
  const messages = times.flat().filter(({ kind }) => kind === 'message')
  const told = new Map([['c', { items, messages }]])
  const access = { of: () => ({ hadLimits: true }) }
  const world = { violations, stored, access } as unknown as World
  checkTold(world, { name: 't', told } as unknown as Life)
  return violations.list.map(({ invariant, rule }) => `${invariant} ${rule}`)
}

it('I9: an event that is told twice is found, also when nobody listened in between', () => {
  expect(found([said(1), said(2)], [said(3)])).toEqual([])
  expect(found([said(1), said(2), said(2)])).toEqual(['I9 an event was told twice'])
  expect(found([said(1), said(2)], [said(2)])).toEqual(['I9 an event was told twice'])
})

it('I9: what was heard before a new epoch is void where that begins, for whoever listens later', () => {
  expect(found([said(3), said(4)], [said(3, 5)], [said(4, 5)])).toEqual([])
  expect(found([said(3), said(4)], [said(3, 5)], [said(3, 5)])).toEqual([
    'I9 an event was told twice',
  ])
})

it('a gap that is told again is found, but not one that is the first of a new epoch', () => {
  expect(found([said(1), said(2)], [gap(2, 3), said(4)])).toEqual(['I9 an event was told twice'])
  expect(found([said(3), said(4)], [gap(3, 3), said(4, 5)])).toEqual([])
})
