import { serverFrames } from '@tidings/protocol/schemas'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guardEvent, guardFrame, readFrames } from '../../src/connection/guard.js'
import { presence } from '../../src/features/presence/index.js'
import { receipts } from '../../src/features/receipts/index.js'
import { typing } from '../../src/features/typing/index.js'
import { testAck, testEntry } from '../../src/testing/frames.js'

const event = {
  type: 'message.new',
  channel_id: 'c',
  channel_seq: 3,
  message_count: 2,
  user_id: 'u',
  client_msg_id: 'm',
  ts: 1,
  message_id: '9',
  text: 'hi',
}

const page = {
  type: 'message.backfill',
  ref: '1',
  channel_id: 'c',
  from_seq: 1,
  to_seq: 3,
  as_of_seq: 3,
  head_seq: 3,
  oldest_seq: 1,
  messages: [event],
  has_more: false,
}

const ofFeatures = { ...presence().frames, ...receipts().frames, ...typing().frames }

describe('the guard', () => {
  it('knows, with the features, every frame type that the schemas know', () => {
    for (const type of Object.keys(serverFrames)) {
      const frame = { ...testAck(), ...page, ...event, ...FIELDS, type }
      expect({ type, is: guardFrame(frame, ofFeatures)?.type }).toEqual({ type, is: type })
    }
  })

  it('[P-6] passes what it knows as it is, unknown fields too', () => {
    const newer = { ...event, colour: 'red' }
    expect(guardFrame(newer)).toBe(newer)
    const ack = testAck({ channels: [testEntry()], gone: [{ channel_id: 'x', reason: 'left' }] })
    expect(guardFrame(ack)).toBe(ack)
  })

  it('[P-8] passes an unknown or malformed event by its number, and nothing else of it', () => {
    const unreadable = { type: 'unreadable', channel_id: 'c', channel_seq: 3, message_count: 2 }
    expect(guardFrame({ ...event, type: 'poll.opened' })).toEqual(unreadable)
    expect(guardFrame({ ...event, text: 5 })).toEqual(unreadable)
    expect(guardFrame({ ...event, user_id: undefined })).toEqual(unreadable)
    expect(guardFrame({ ...event, epoch: 2, ts: 'now' })).toEqual({ ...unreadable, epoch: 2 })
    expect(guardFrame({ ...event, type: 'poll.opened', message_count: -1 })).toEqual({
      type: 'unreadable',
      channel_id: 'c',
      channel_seq: 3,
    })
  })

  it('lets nothing through for a feature that is not there, and nothing that is not as it says', () => {
    const update = { type: 'typing.update', channel_id: 'c', user_id: 'u', state: 'start' }
    expect(guardFrame(update)).toBeUndefined()
    expect(guardFrame(update, ofFeatures)).toBe(update)
    expect(guardFrame({ ...update, user_id: 7 }, ofFeatures)).toBeUndefined()
    const loose = { goaway: '' }
    expect(guardFrame({ type: 'goaway' }, loose)).toBeUndefined()
  })

  it('does the same inside a page, and drops what takes no number', () => {
    const messages = [event, { ...event, channel_seq: 4, type: 'poll.opened' }, 7, null, {}]
    expect(guardFrame({ ...page, messages })).toMatchObject({
      messages: [event, { type: 'unreadable', channel_seq: 4 }],
    })
    expect(guardFrame({ ...page, messages: 'none' })).toBeUndefined()
  })

  it('refuses what would be used and is not there', () => {
    for (const value of [null, 7, 'x', [], {}, { type: 7 }, { type: 'toString' }]) {
      expect(guardFrame(value)).toBeUndefined()
    }
    expect(guardFrame({ ...testAck(), channels: [{ channel_id: 'c' }] })).toBeUndefined()
    expect(guardFrame({ ...testAck(), server_ts: 1.5 })).toBeUndefined()
    expect(guardFrame({ type: 'error', code: 1, message: '', retryable: true })).toBeUndefined()
    expect(guardEvent({ channel_id: 'c', channel_seq: -1 })).toBeUndefined()
  })

  it('never throws and never lets a wrong type through, whatever arrives', () => {
    const typed = fc.constantFrom(...Object.keys(serverFrames), 'new.kind')
    const field = fc.constantFrom(...Object.keys({ ...testAck(), ...page, ...event, ...FIELDS }))
    const mangled = fc
      .tuple(typed, fc.array(fc.tuple(field, fc.jsonValue())))
      .map(([type, fields]) => ({
        ...testAck(),
        ...page,
        ...event,
        ...FIELDS,
        ...Object.fromEntries(fields),
        type,
      }))
    void fc.assert(
      fc.property(fc.oneof(mangled, fc.jsonValue()), (value) => {
        const { frames } = readFrames(JSON.stringify(value), ofFeatures)
        for (const frame of frames) {
          if (frame.type === 'unreadable' || frame.type === 'message.new') {
            expect(typeof frame.channel_id).toBe('string')
            expect(Number.isSafeInteger(frame.channel_seq)).toBe(true)
          }
          if (frame.type === 'message.new' && frame.text !== undefined) {
            expect(typeof frame.text).toBe('string')
          }
          if (frame.type === 'goaway') expect(frame.jitter_ms).toBeGreaterThanOrEqual(0)
          if (frame.type === 'hello_ack') {
            for (const entry of frame.channels) expect(typeof entry.channel_id).toBe('string')
          }
        }
      }),
      { numRuns: 3_000 },
    )
  })

  it('reads an envelope or an array of them, and counts what it ignores', () => {
    expect(readFrames(JSON.stringify([event, { type: 'weather' }]))).toEqual({
      frames: [event],
      ignored: 1,
    })
    expect(readFrames('{')).toEqual({ frames: [], ignored: 1 })
  })
})

/** Every other field that some frame needs. */
const FIELDS = {
  target_seq: 1,
  target_message_id: '8',
  emoji: '👍',
  role: 'member',
  reason: 'left',
  channel: testEntry(),
  last_seq: 3,
  deduplicated: false,
  epoch: 2,
  status: 'online',
  seq: 1,
  state: 'start',
  kind: 'read',
  users: [],
  receipts: [],
  code: 'internal',
  message: 'x',
  retryable: true,
  reconnect_after_ms: 1,
  jitter_ms: 1,
}
