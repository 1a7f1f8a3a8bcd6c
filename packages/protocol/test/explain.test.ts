import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Envelope } from '../src/index.js'
import { parseClientFrame } from '../src/schemas.js'

const send = {
  type: 'message.send',
  channel_id: 'c',
  client_msg_id: 'm',
  first_try_ts: 1,
  text: '',
}
const hello = (last_seq_map: unknown): Envelope => ({ type: 'hello', device_id: 'd', last_seq_map })
const complaint = (envelope: Envelope): string => {
  const parsed = parseClientFrame(envelope)
  return parsed.ok ? 'valid' : parsed.message
}

describe('a refusal names the field and what is allowed', () => {
  it.each<[Envelope, string]>([
    [{ type: 'message.send' }, 'channel_id: is missing; it must be a string.'],
    [{ ...send, first_try_ts: 'now' }, 'first_try_ts: must be a number.'],
    [{ ...send, first_try_ts: 1.5 }, 'first_try_ts: must be an integer.'],
    [{ ...send, first_try_ts: -1 }, 'first_try_ts: must be at least 0.'],
    [{ ...send, epoch: 2 ** 53 }, 'epoch: must be at most 9007199254740991.'],
    [{ ...send, text: null }, 'text: must be a string.'],
    [{ ...send, metadata: [] }, 'metadata: must be an object.'],
    [
      { ...send, metadata: { a: Number.POSITIVE_INFINITY } },
      'metadata: must be JSON of well-formed Unicode and finite numbers.',
    ],
    [{ ...send, attachments: {} }, 'attachments: must be an array.'],
    [
      { ...send, attachments: Array(11).fill({ url: 'u' }) },
      'attachments: must be at most 10 items long.',
    ],
    [
      { ...send, attachments: [{ url: '' }] },
      'attachments.0.url: must be at least 1 UTF-16 units long.',
    ],
    [{ ...send, reply_to: { seq: 1 } }, 'reply_to.message_id: is missing; it must be a string.'],
    [{ type: 'typing', channel_id: 'c', state: 'x' }, 'state: must be one of start, stop.'],
    [{ type: 'nonsense' }, 'type: is not known here.'],
    [hello([]), 'last_seq_map: must be an object.'],
    [hello({ a: [1, 0] }), 'last_seq_map.a.1: must be at least 1.'],
    [hello({ a: -1 }), 'last_seq_map.a: must be at least 0.'],
  ])('%#: %o', (envelope, message) => expect(complaint(envelope)).toBe(message))

  it('says which ids are allowed, without the one that was sent', () => {
    expect(complaint({ ...send, channel_id: 'x'.repeat(100) })).toBe(
      'channel_id: must be 1 to 64 UTF-16 units, well-formed, without control characters, ' +
        'and none of ".", "..", "__proto__".',
    )
    expect(complaint(hello({ ['x'.repeat(100)]: 1 }))).toMatch(
      /^last_seq_map\.…: a key must be 1 to/,
    )
  })

  it('[P-75] repeats no value of the peer, and stays short', () => {
    const secret = 'sesame-'.repeat(10)
    fc.assert(
      fc.property(
        fc.constantFrom(
          'channel_id',
          'text',
          'metadata',
          'ref',
          'epoch',
          'attachments',
          'reply_to',
        ),
        fc.constantFrom<unknown>(secret, [secret], { [secret]: secret }, [{ url: [secret] }]),
        (field, value) => {
          const message = complaint({ ...send, first_try_ts: undefined, [field]: value })
          return message.length < 200 && !message.includes(secret)
        },
      ),
    )
  })
})
