import { TidingsError } from '@tidings/sdk'
import { expect, it } from 'vitest'
import type { WriteStep } from '../../../packages/server/src/stream/write-steps.js'
import type { World } from '../run/world.js'
import type { Asked, Life } from '../world/life.js'
import { checkAsked } from './asked.js'
import { Stored } from './stored.js'
import { Violations } from './violation.js'

const asked = (clientMsgId: string, error?: TidingsError): Asked => ({
  kind: 'send',
  channelId: 'c',
  text: clientMsgId,
  clientMsgId,
  settled: 1,
  result: undefined,
  error,
  touched: false,
})

const rows = (clientMsgIds: readonly string[]) =>
  ({
    step: 'rows',
    channelId: 'c',
    rows: clientMsgIds.map((clientMsgId, i) => ({
      epoch: 1,
      channelSeq: i + 1,
      position: { generation: 1, partition: 0, offset: i },
      event: {
        type: 'message.new',
        channel_id: 'c',
        channel_seq: i + 1,
        user_id: 'u',
        client_msg_id: clientMsgId,
        message_id: clientMsgId,
      },
    })),
  }) as unknown as WriteStep

/** What is found when these were asked for in this order, and are stored in that. */
function found(askedFor: readonly Asked[], ...stands: readonly string[]): readonly string[] {
  const violations = new Violations(() => 0)
  const stored = new Stored(violations)
  stored.apply([rows(stands)])
  const life = { name: 't', userId: 'u', end: 'alive', asked: askedFor }
  checkAsked({ violations, stored } as unknown as World, life as unknown as Life, new Map())
  return violations.list.map(({ invariant, rule }) => `${invariant} ${rule}`)
}

const NOT_IN_ORDER = ['I9 messages of one client are not in their order']
const unknown = (code: 'not_in_channel' | 'closed') =>
  new TidingsError(code, 'It was given up.', { outcome: 'unknown' })

it('messages that are stored in another order than they were asked for are found', () => {
  expect(found([asked('a'), asked('b')], 'a', 'b')).toEqual([])
  expect(found([asked('a'), asked('b')], 'b', 'a')).toEqual(NOT_IN_ORDER)
})

it('a try of a message that was refused later may come behind what was sent since', () => {
  const refused = asked('a', unknown('not_in_channel'))
  expect(found([refused, asked('b'), asked('c')], 'b', 'c', 'a')).toEqual([])
  expect(found([refused, asked('b'), asked('c')], 'c', 'b', 'a')).toEqual(NOT_IN_ORDER)
})

it('what goes out with the next client keeps its order', () => {
  const closed = ['a', 'b'].map((id) => asked(id, unknown('closed')))
  expect(found(closed, 'a', 'b')).toEqual([])
  expect(found(closed, 'b', 'a')).toEqual(NOT_IN_ORDER)
})
